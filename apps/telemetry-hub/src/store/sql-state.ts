/** The five-character code with which Postgres refused a statement; null when the error is of another kind. */
export function sqlStateOf(error: unknown): string | null {
  for (let fault = error; fault instanceof Error; fault = fault.cause) {
    if ('code' in fault && typeof fault.code === 'string') return fault.code;
  }
  return null;
}
