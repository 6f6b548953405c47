/** What the file system's errors mean for a backup. */
import { errno, Fault } from "../fault.ts";

/** Makes a Fault of a failed system call on `path` of the destination `name`; other errors pass as they are. */
export function directoryFault(error: unknown, name: string, path: string): unknown {
  const code = errno(error);
  if (error instanceof Fault || code === undefined) return error;
  const cause = { cause: error };
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return new Fault(
        "STORE_FULL",
        `destination ${name}: no space left for ${path} (${code})`,
        "Free space or raise the quota, then run the backup again.",
        cause,
      );
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new Fault(
        "STORE_DENIED",
        `destination ${name}: not allowed to use ${path} (${code})`,
        "Give the user that runs lakat the right to read and write this directory.",
        cause,
      );
    case "ENOENT":
    case "ENOTDIR":
      return new Fault(
        "STORE_NOT_FOUND",
        `destination ${name}: ${path} does not exist`,
        "Check the directory in the configuration and that its disk is mounted.",
        cause,
      );
    case "EEXIST":
      return new Fault(
        "STORE_EXISTS",
        `destination ${name}: ${path} exists already and is never replaced`,
        "Run the backup again; every run writes under a new name.",
        cause,
      );
    default:
      return new Fault(
        "STORE_FAILED",
        `destination ${name}: ${path} failed with ${code}`,
        "Check the disk and the file system, then run the backup again.",
        cause,
      );
  }
}
