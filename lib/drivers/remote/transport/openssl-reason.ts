/** What OpenSSL says went wrong, in an error of Node's: without the place in its sources that the message may hold. */
export function opensslReason(error: unknown): string {
  const { reason, message } = error as Error & { readonly reason?: string };
  return reason ?? message;
}
