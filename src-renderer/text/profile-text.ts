import type {
  AwsProfile,
  CredentialState,
  KeychainState,
  Profile,
} from '../../src-preload/contract/profile.ts'

/** What the sidebar says about a profile whose keys cannot be had, or null when there is nothing to say. */
export function credentialBadge(state: CredentialState): string | null {
  const badges: { readonly [State in CredentialState]: string | null } = {
    ready: null,
    missing: 'No keys',
    locked: 'Keychain locked',
    unavailable: 'No keychain',
    timeout: 'Keychain not answering',
    session: 'This session only',
    inert: 'Command not allowed yet',
  }
  return badges[state]
}

/** A state of the keychain: what is the matter, and what helps. */
export interface KeychainText {
  readonly title: string
  readonly body: string
  /** Whether keeping the secret in memory is a way out. */
  readonly offerSession: boolean
}

const keychains: { readonly [State in KeychainState['state']]: KeychainText } = {
  ok: {
    title: 'The keychain works',
    body: 'Secrets are kept by the operating system and nowhere else.',
    offerSession: false,
  },
  locked: {
    title: 'The keychain is locked',
    body: 'Your saved secrets are safe and untouched. Unlock the keychain with your password, then choose “Check again”.',
    offerSession: true,
  },
  unavailable: {
    title: 'There is no keychain',
    body: 'Pail keeps secrets only in the keychain of the operating system. On Linux install and start GNOME Keyring or KWallet. Until then, secrets can be kept in memory until you quit.',
    offerSession: true,
  },
  timeout: {
    title: 'The keychain does not answer',
    body: 'It may be asking for a password behind another window. Answer it, then choose “Check again”.',
    offerSession: true,
  },
  memory: {
    title: 'Secrets are kept in memory',
    body: 'They are forgotten when Pail quits.',
    offerSession: false,
  },
}

/** The words for a state of the keychain. */
export function keychainText(state: KeychainState['state']): KeychainText {
  return keychains[state]
}

const cloudflareTokens: { readonly [State in CredentialState]: string } = {
  ready: 'There is one in the keychain; what is entered here replaces it.',
  session: 'There is one in memory until Pail quits; what is entered here replaces it.',
  missing: 'Goes to the keychain of this computer and is not shown again.',
  locked: 'The keychain is locked.',
  unavailable: 'This computer has no keychain.',
  timeout: 'The keychain does not answer.',
  inert: '',
}

/** Where a profile's API token of Cloudflare is, or would go. */
export function cloudflareTokenText(state: CredentialState): string {
  return cloudflareTokens[state]
}

const awsKinds: { readonly [Kind in AwsProfile['kind']]: string } = {
  static: 'Access key',
  session: 'Temporary keys',
  role: 'Role',
  sso: 'Single sign-on',
  process: 'Runs a command',
  incomplete: 'Incomplete',
}

/** What kind of entry an AWS profile is. */
export function awsKindText(kind: AwsProfile['kind']): string {
  return awsKinds[kind]
}

/** Where the keys of a profile come from. */
export function credentialSourceText(profile: Profile): string {
  const source = profile.credentialSource
  if (source.type === 'playground') return 'Random keys of the local playground, new at every start.'
  if (source.type === 'aws-config') {
    return `Read from the AWS profile “${source.name}” in ~/.aws at each use. Nothing is copied.`
  }
  return profile.credentialState === 'session'
    ? 'Kept in memory until Pail quits.'
    : 'Kept in the keychain of the operating system.'
}

/** What a choice of proxy means. */
export function proxyHint(proxy: 'system' | 'none' | 'address'): string {
  const hints = {
    system: 'What the settings of the system name for this server, if anything.',
    none: 'Straight to the server, whatever the system says.',
    address: 'Everything of this profile goes through it, but for servers on this computer.',
  }
  return hints[proxy]
}

/** What is known of the password of a proxy's user. */
export function proxyPasswordHint(state: CredentialState | undefined): string {
  switch (state) {
    case 'ready':
      return 'In the keychain. Type only to replace it.'
    case 'session':
      return 'Kept in memory until Pail quits. Type only to replace it.'
    case 'locked':
    case 'timeout':
      return 'The keychain that may have it is not open.'
    default:
      return 'Goes to the keychain of this computer and is not shown again.'
  }
}
