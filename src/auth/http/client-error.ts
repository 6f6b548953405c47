/** A request that cannot be answered as it was meant, and whose sender is to blame. The message may be shown. */
export class ClientError extends Error {
  readonly statusCode: number;

  constructor(statusCode: 400 | 403 | 404 | 405 | 413 | 415 | 421, message: string) {
    super(message);
    this.name = "ClientError";
    this.statusCode = statusCode;
  }
}
