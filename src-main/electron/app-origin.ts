/** The one scheme and host that the window is served from. */
export const appScheme = 'app'

/** The exact origin of the window's page, as Chromium serialises it. */
export const appOrigin = 'app://bundle'

/** Where the window starts. */
export const appStartUrl = `${appOrigin}/index.html`

/**
 * Whether a URL is of our own origin, exactly (S4): no user, no port, no other host, no look-alike.
 * The text is compared before it is parsed, because Node reads a non-special scheme more leniently than Chromium.
 */
export function isAppUrl(url: string): boolean {
  if (!url.startsWith(`${appOrigin}/`) && url !== appOrigin) return false
  try {
    const { protocol, host, username, password } = new URL(url)
    return protocol === `${appScheme}:` && host === 'bundle' && username === '' && password === ''
  } catch {
    return false
  }
}
