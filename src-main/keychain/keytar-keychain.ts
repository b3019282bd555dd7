// oxlint-disable-next-line typescript/triple-slash-reference -- ambient declarations cannot be imported
/// <reference path="./keytar.d.ts" />
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { KeychainState } from '../../src-preload/contract/profile.ts'
import type { Keychain } from './keychain.ts'
import { maxValueBytes } from './keychain.ts'

/** What Pail needs of the system's secret service; keytar's own shape. */
export interface SecretService {
  getPassword(service: string, account: string): Promise<string | null>
  setPassword(service: string, account: string, password: string): Promise<void>
  /** False when there is nothing to delete, and also when the keyring is locked. */
  deletePassword(service: string, account: string): Promise<boolean>
}

/** All have defaults for the real thing; tests give their own. */
export interface KeytarKeychainOptions {
  /** The name under which items stand in the system's keychain. */
  readonly service?: string
  /** The longest that one call may take, in milliseconds. */
  readonly capMs?: number
  readonly load?: () => Promise<SecretService>
}

/** An item of no value that tells a locked keyring from an empty one: both answer null for what they do not give. */
const canary = { account: 'pail-canary', value: 'This item tells Pail that the keychain is open.' }

/**
 * The accounts that were written, as JSON in an item of their own. keytar's `findCredentials` would list them, but it
 * ends the whole process with a segmentation fault when an item is in a locked keyring (keytar 7.9.0, libsecret).
 */
const indexAccount = 'pail-accounts'

const capped = Symbol('capped')

/**
 * The operating system's keychain through keytar, which is loaded at the first use and may be absent. Calls go one at
 * a time, and none is started behind one that hangs: each would hold a thread of Node's pool, and four stop all files.
 */
export function createKeytarKeychain(options: KeytarKeychainOptions = {}): Keychain {
  const service = options.service ?? 'Pail'
  const capMs = options.capMs ?? 20_000
  const load = options.load ?? loadKeytar
  let loaded: Promise<SecretService> | null = null
  let hanging = false
  let queue: Promise<unknown> = Promise.resolve()

  async function call<T>(work: (keytar: SecretService) => Promise<T>): Promise<T> {
    if (hanging) throw timeoutFailure()
    loaded ??= load()
    let keytar: SecretService
    try {
      keytar = await loaded
    } catch (error) {
      loaded = null
      throw failure('keychain-unavailable', unavailableText, { cause: detailOf(error) })
    }
    const running = work(keytar)
    let timer: NodeJS.Timeout | undefined
    const cap = new Promise<typeof capped>((resolve) => {
      timer = setTimeout(resolve, capMs, capped)
    })
    try {
      const outcome = await Promise.race([running, cap])
      if (outcome !== capped) return outcome
    } catch (error) {
      throw toKeychainFailure(error)
    } finally {
      clearTimeout(timer)
    }
    hanging = true
    const over = () => {
      hanging = false
    }
    running.then(over, over)
    throw timeoutFailure()
  }

  /** Runs whole operations one after another, so that the index is not read between another's read and write. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = queue.then(work, work)
    queue = turn.then(
      () => undefined,
      () => undefined,
    )
    return turn
  }

  const read = (account: string) => call((keytar) => keytar.getPassword(service, account))

  async function write(account: string, value: string): Promise<void> {
    await call((keytar) => keytar.setPassword(service, account, value))
    if ((await read(account)) !== value) throw lockedFailure()
  }

  /** Throws unless the keychain is open; on the very first run it writes the canary. */
  async function assertOpen(): Promise<void> {
    if ((await read(canary.account)) !== null) return
    await write(canary.account, canary.value)
  }

  async function readOrMissing(account: string): Promise<string | null> {
    const value = await read(account)
    if (value === null) await assertOpen()
    return value
  }

  async function readIndex(): Promise<string[]> {
    const text = await readOrMissing(indexAccount)
    if (text === null) return []
    try {
      const parsed: unknown = JSON.parse(text)
      if (Array.isArray(parsed)) return parsed.filter((account) => typeof account === 'string')
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
    }
    // Damaged from outside: the items are still there under their own names.
    return []
  }

  return {
    probe: () => inTurn(() => probeWith(assertOpen)),
    get: (account) => inTurn(() => readOrMissing(account)),
    set: (account, value) =>
      inTurn(async () => {
        if (Buffer.byteLength(value) > maxValueBytes) {
          throw failure('invalid-argument', 'The secret is longer than a keychain item can be.')
        }
        // Into the index first: an account in the index without an item is harmless, an item nobody lists is not.
        const accounts = await readIndex()
        if (!accounts.includes(account)) await write(indexAccount, JSON.stringify([...accounts, account]))
        await write(account, value)
      }),
    remove: (account) =>
      inTurn(async () => {
        const removed = await call((keytar) => keytar.deletePassword(service, account))
        if (!removed) await assertOpen()
        const accounts = await readIndex()
        if (accounts.includes(account)) {
          await write(indexAccount, JSON.stringify(accounts.filter((name) => name !== account)))
        }
      }),
    list: () => inTurn(readIndex),
  }
}

async function probeWith(assertOpen: () => Promise<void>): Promise<KeychainState> {
  try {
    await assertOpen()
    return { state: 'ok', detail: 'The system’s keychain is open.' }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const said = typeof error.cause === 'string' ? ` (${error.cause})` : ''
    const detail = `${error.message}${said}`.slice(0, 500)
    if (error.error.code === 'keychain-locked') return { state: 'locked', detail }
    if (error.error.code === 'keychain-timeout') return { state: 'timeout', detail }
    return { state: 'unavailable', detail }
  }
}

async function loadKeytar(): Promise<SecretService> {
  const keytar = (await import('keytar')).default
  return {
    getPassword: (service, account) => counted(keytar.getPassword(service, account)),
    setPassword: (service, account, password) => counted(keytar.setPassword(service, account, password)),
    deletePassword: (service, account) => counted(keytar.deletePassword(service, account)),
  }
}

/** Calls of the real keytar that have not come back. */
let unanswered = 0
let watchesEnd = false

/**
 * Node joins its threads before it ends, so that a question of the keychain that nobody answers would keep the process
 * for ever: out of sight, and in the way of the next start. At the very end nothing else is left to be done.
 */
function counted<T>(call: Promise<T>): Promise<T> {
  if (!watchesEnd) {
    watchesEnd = true
    process.once('exit', () => {
      if (unanswered > 0) process.kill(process.pid, 'SIGKILL')
    })
  }
  unanswered += 1
  return call.finally(() => {
    unanswered -= 1
  })
}

const unavailableText =
  'This computer offers no keychain to Pail. Secrets can be kept in memory until Pail quits; they are never written to a file.'

function lockedFailure(cause?: string): Failure {
  return failure('keychain-locked', 'The keychain is locked. Unlock it and try again; nothing was changed.', {
    retryable: true,
    cause,
  })
}

function timeoutFailure(): Failure {
  return failure(
    'keychain-timeout',
    'The keychain did not answer. Perhaps its dialog is waiting behind another window.',
    { retryable: true },
  )
}

/** What the system said; keytar throws plain errors with a message in the system's language. */
function toKeychainFailure(error: unknown): Failure {
  const detail = detailOf(error)
  // libsecret: "Cannot create an item in a locked collection", "Prompt was dismissed"; macOS: errSecInteractionNotAllowed
  // and errSecUserCanceled as "User interaction is not allowed." and "User canceled the operation."
  return /locked|dismissed|cancell?ed|interaction is not allowed/i.test(detail)
    ? lockedFailure(detail)
    : failure('keychain-unavailable', unavailableText, { cause: detail })
}

function detailOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 200) ?? ''
}
