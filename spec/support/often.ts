/** Whether everything is tried as often as it is worth: in CI. */
export const isThorough: boolean = Boolean(process.env['CI']);

/** How often something is tried that could be tried without end: so often in CI, a quarter of it if someone waits for the result. */
export function often(times: number): number {
  return isThorough ? times : Math.ceil(times / 4);
}
