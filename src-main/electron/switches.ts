/** Switches that open a debugger or change the engine; Node's and V8's as well as Chromium's (S9). */
const refused = [
  'remote-debugging-port',
  'remote-debugging-pipe',
  'remote-debugging-address',
  'remote-allow-origins',
  'inspect',
  'inspect-brk',
  'inspect-port',
  'inspect-publish-uid',
  'js-flags',
  'disable-web-security',
  'ignore-certificate-errors',
  'ignore-certificate-errors-spki-list',
  'allow-running-insecure-content',
  'load-extension',
  'host-rules',
  'host-resolver-rules',
] as const

/**
 * The first switch among the arguments with which a packaged application does not start, or null. In development
 * everything is allowed.
 */
export function refusedSwitch(argv: readonly string[], isPackaged: boolean): string | null {
  if (!isPackaged) return null
  for (const argument of argv) {
    // Chromium also takes one dash, and on Windows a slash.
    const name = /^(?:--?|\/)([A-Za-z][A-Za-z-]*)(?:=.*)?$/s.exec(argument)?.[1]?.toLowerCase()
    if (name !== undefined && refused.some((each) => each === name)) return name
  }
  return null
}
