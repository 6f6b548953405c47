# One bucket for sealed backups in Frankfurt: versioned, locked, reachable over TLS only, with an access key for
# each host that may do no more than infra/s3 says. Object Lock can only be turned on when a bucket is made.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

provider "aws" {
  region = "eu-central-1"
}

variable "bucket" {
  type        = string
  description = "Name of the bucket, unique in the world; use it for nothing else, since who lists it sees every name in it"
}

variable "prefix" {
  type        = string
  default     = "lakat"
  description = "As in the configuration of every host; without a slash at either end"
}

variable "clusters" {
  type        = set(string)
  description = "Names of the clusters that are backed up, as in the backup hosts' configurations"
}

variable "lock_days" {
  type        = number
  default     = 30
  description = "Locked for at least this long, whatever the uploader asks for"
}

variable "longest_lock_days" {
  type        = number
  default     = 400
  description = "Nobody may lock for longer: a stolen key could otherwise lock rubbish for a hundred years"
}

variable "keep_days" {
  type        = number
  default     = 35
  description = "Days after which a backup expires; at least lock.days of the configuration"

  validation {
    condition     = var.keep_days >= var.lock_days
    error_message = "keep_days must not be less than lock_days."
  }
}

variable "prune" {
  type        = bool
  default     = false
  description = "Backups are removed by `lakat backup prune` (docs/retention.md) and no longer by their age"
}

data "aws_caller_identity" "current" {}

locals {
  # Without var.prune there is no such user, and so nobody who may delete.
  prune_arn = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:user/lakat-prune"
  names = {
    bucket            = var.bucket
    prefix            = var.prefix
    longest_lock_days = var.longest_lock_days
    prune_arn         = local.prune_arn
  }
}

resource "aws_s3_bucket" "backups" {
  bucket              = var.bucket
  object_lock_enabled = true

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "backups" {
  bucket = aws_s3_bucket.backups.id

  versioning_configuration {
    status = "Enabled"
  }
}

# The floor: what is put without a lock of its own (the probe object, day keys) is locked as well.
resource "aws_s3_bucket_object_lock_configuration" "backups" {
  bucket = aws_s3_bucket.backups.id

  rule {
    default_retention {
      mode = "COMPLIANCE"
      days = var.lock_days
    }
  }

  depends_on = [aws_s3_bucket_versioning.backups]
}

# Deleting is the lifecycle's alone, or with var.prune that of prune; a locked version outlives every rule until its
# lock has passed.
resource "aws_s3_bucket_lifecycle_configuration" "backups" {
  bucket = aws_s3_bucket.backups.id

  rule {
    id     = "expire-backups"
    status = var.prune ? "Disabled" : "Enabled"
    filter {}

    expiration {
      days = var.keep_days
    }

    noncurrent_version_expiration {
      noncurrent_days = 1
    }
  }

  rule {
    id     = "clear-remains"
    status = "Enabled"
    filter {}

    # Longer than any time_limit a run should have.
    abort_incomplete_multipart_upload {
      days_after_initiation = 2
    }

    expiration {
      expired_object_delete_marker = true
    }
  }

  depends_on = [aws_s3_bucket_versioning.backups]
}

resource "aws_s3_bucket_public_access_block" "backups" {
  bucket                  = aws_s3_bucket.backups.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "backups" {
  bucket = aws_s3_bucket.backups.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_policy" "backups" {
  bucket = aws_s3_bucket.backups.id
  policy = templatefile("${path.module}/../s3/bucket-policy.json", local.names)

  depends_on = [aws_s3_bucket_public_access_block.backups]
}

resource "aws_iam_user" "backup_host" {
  for_each = var.clusters
  name     = "lakat-backup-${each.key}"
}

resource "aws_iam_user_policy" "backup_host" {
  for_each = var.clusters
  name     = "lakat-backup-host"
  user     = aws_iam_user.backup_host[each.key].name
  policy   = templatefile("${path.module}/../s3/backup-host.json", merge(local.names, { cluster = each.key }))
}

resource "aws_iam_user" "restore_test" {
  name = "lakat-restore-test"
}

resource "aws_iam_user_policy" "restore_test" {
  name   = "lakat-restore-test"
  user   = aws_iam_user.restore_test.name
  policy = templatefile("${path.module}/../s3/restore-test.json", local.names)
}

resource "aws_iam_user" "prune" {
  count = var.prune ? 1 : 0
  name  = "lakat-prune"
}

resource "aws_iam_user_policy" "prune" {
  count  = var.prune ? 1 : 0
  name   = "lakat-prune"
  user   = aws_iam_user.prune[0].name
  policy = templatefile("${path.module}/../s3/prune.json", local.names)
}

# Access keys are not made here: they would lie readable in Terraform's state. Make one for each user with
# `aws iam create-access-key --user-name …` and put it straight into the host's secret files.
output "users" {
  description = "Make an access key for each of these"
  value = concat(
    [for user in aws_iam_user.backup_host : user.name],
    [aws_iam_user.restore_test.name],
    aws_iam_user.prune[*].name,
  )
}
