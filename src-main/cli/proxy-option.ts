import { Failure } from '../../src-preload/contract/failure.ts'
import type { ProfileProxy } from '../../src-preload/contract/profile.ts'
import type { Given } from './command.ts'
import { UsageError } from './usage-error.ts'

/**
 * The proxy of `--proxy`: an address, perhaps with a user, or `none`; undefined where it is not given. Throws a
 * {@link UsageError}, also for a password: what is on a command line, every program of this computer can read.
 */
export async function readProxyOption(given: Given): Promise<ProfileProxy | undefined> {
  const text = given.text('proxy')
  if (text === undefined) return undefined
  if (text === 'none') return { type: 'none' }
  // Loaded now: hardly any command needs it.
  const { checkedProxy, readProxyAddress } = await import('../profiles/proxy-address.ts')
  const { password, problem } = readProxyAddress(text)
  if (problem !== null) throw new UsageError(`--proxy: ${problem}`)
  if (password !== '')
    throw new UsageError(
      '--proxy takes no password, which other programs could read there. It goes into PAIL_PROXY_PASSWORD.',
    )
  try {
    return checkedProxy({ type: 'address', url: text })
  } catch (error) {
    if (error instanceof Failure) throw new UsageError(`--proxy: ${error.error.message}`)
    throw error
  }
}
