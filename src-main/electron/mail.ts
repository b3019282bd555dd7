import { failure } from '../../src-preload/contract/failure.ts'
import { isPlainMailto, longestMailto } from '../../src-preload/contract/mailto.ts'

/** What of Electron's `shell` is used here. */
export interface ExternalOpener {
  openExternal(url: string): Promise<void>
}

/**
 * Opens a letter in the system's mail program. The only thing that Pail gives to another program to open: a `mailto:`
 * with a subject and a body, never another scheme, recipient or field (S43). Throws `invalid-argument` for anything else and
 * for what Windows would cut, `not-supported` when there is no mail program.
 */
export function createMailOpener(
  shell: ExternalOpener,
  platform: NodeJS.Platform,
): (url: string) => Promise<void> {
  return async (url) => {
    if (!isPlainMailto(url))
      throw failure('invalid-argument', 'Only a letter with a subject and a text is opened.')
    if (platform === 'win32' && url.length > longestMailto)
      throw failure(
        'invalid-argument',
        'The link is too long for Windows to hand to a mail program. Copy it instead.',
      )
    try {
      await shell.openExternal(url)
    } catch (error) {
      throw failure('not-supported', 'The system has no mail program that could be opened.', { cause: error })
    }
  }
}
