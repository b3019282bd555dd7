import type { AwsProfile } from '../../src-preload/contract/profile.ts'

/** One section's settings; nested ones as `s3.addressing_style`. */
type Section = ReadonlyMap<string, string>

/** `~/.aws/config` and `credentials`, read together. */
export interface AwsConfig {
  readonly profiles: ReadonlyMap<string, Section>
  readonly ssoSessions: ReadonlyMap<string, Section>
  readonly services: ReadonlyMap<string, Section>
}

/** What has to be done to have a profile's keys. `command` steps run a program and need consent (S31). */
export type CredentialStep =
  | {
      readonly type: 'static'
      readonly accessKeyId: string
      readonly secretAccessKey: string
      readonly sessionToken: string | null
    }
  | { readonly type: 'command'; readonly command: string }
  | {
      readonly type: 'sso'
      readonly profileName: string
      readonly session: string | null
      readonly startUrl: string
      readonly region: string
      readonly accountId: string
      readonly roleName: string
    }
  | {
      readonly type: 'role'
      readonly roleArn: string
      readonly source: CredentialStep
      readonly sessionName: string | null
      readonly externalId: string | null
      readonly durationSeconds: number | null
      /** For the STS endpoint; null for the default of us-east-1. */
      readonly region: string | null
    }

/** A profile's way to its keys, or why there is none. */
export type CredentialPlan =
  { readonly ok: true; readonly step: CredentialStep } | { readonly ok: false; readonly problem: string }

/** Longer files are not somebody's configuration. */
const maxFileLength = 1_000_000
const maxChain = 8

/**
 * Reads the two files of the AWS tools. Pure, never throws, runs and opens nothing: lines that are not understood are
 * passed over. Rules: "Configuration and credential file settings" of the AWS CLI user guide. Where both files have a
 * setting of a profile, the credentials file wins.
 */
export function parseAwsConfig(config: string, credentials: string): AwsConfig {
  const profiles = new Map<string, Map<string, string>>()
  const ssoSessions = new Map<string, Map<string, string>>()
  const services = new Map<string, Map<string, string>>()
  const bareDefault = new Map<string, string>()
  const take = (sections: Map<string, Map<string, string>>, name: string) => {
    const section = sections.get(name) ?? new Map<string, string>()
    sections.set(name, section)
    return section
  }
  readSections(config, (title) => {
    if (title === 'default') return bareDefault
    const [kind = '', ...rest] = title.split(/\s+/)
    const name = unquote(rest.join(' '))
    if (name === '') return null
    if (kind === 'profile') return take(profiles, name)
    if (kind === 'sso-session') return take(ssoSessions, name)
    return kind === 'services' ? take(services, name) : null
  })
  // `[profile default]` counts and `[default]` does not, where there are both.
  if (bareDefault.size > 0 && !profiles.has('default')) profiles.set('default', bareDefault)
  readSections(credentials, (title) => {
    const name = unquote(title)
    return name === '' ? null : take(profiles, name)
  })
  return { profiles, ssoSessions, services }
}

function readSections(text: string, open: (title: string) => Map<string, string> | null): void {
  let section: Map<string, string> | null = null
  let parent: string | null = null
  for (const raw of text
    .slice(0, maxFileLength)
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)) {
    const line = raw.trimEnd()
    if (line.trim() === '' || /^\s*[#;]/.test(line)) continue
    const title = /^\s*\[([^\]]*)\]\s*(?:[#;].*)?$/.exec(line)
    if (title) {
      section = open((title[1] ?? '').trim())
      parent = null
      continue
    }
    const setting = /^(\s*)([^=\s][^=]*?)\s*=\s*(.*)$/.exec(line)
    if (!setting || section === null) continue
    const [, indent = '', name = '', rest = ''] = setting
    const key = name.toLowerCase()
    const value = rest.replace(/(^|\s)[#;].*$/, '').trim()
    if (indent !== '' && parent !== null) {
      section.set(`${parent}.${key}`, value)
    } else {
      parent = value === '' ? key : null
      if (value !== '') section.set(key, value)
    }
  }
}

function unquote(text: string): string {
  const trimmed = text.trim()
  const quoted = /^"(.*)"$|^'(.*)'$/.exec(trimmed)
  return quoted ? (quoted[1] ?? quoted[2] ?? '') : trimmed
}

/** How the keys of a profile are to be had. Follows `source_profile` chains; runs nothing. */
export function planCredentials(config: AwsConfig, name: string): CredentialPlan {
  return planAlong(config, name, [])
}

function planAlong(config: AwsConfig, name: string, visited: readonly string[]): CredentialPlan {
  const section = config.profiles.get(name)
  if (!section) return no(`There is no profile “${name}” in ~/.aws.`)
  if (visited.length > maxChain) return no('Its chain of roles is too long.')
  const own = staticStep(section)
  // A role may name itself as its source when it has keys of its own.
  if (visited.includes(name))
    return own ? { ok: true, step: own } : no('Its roles refer to each other in a circle.')
  const roleArn = section.get('role_arn')
  if (roleArn !== undefined) return planRole(config, name, roleArn, section, visited)
  if (own) return { ok: true, step: own }
  const command = section.get('credential_process')
  if (command !== undefined) return { ok: true, step: { type: 'command', command } }
  if (section.has('sso_session') || section.has('sso_start_url')) return planSso(config, name, section)
  if (section.has('login_session'))
    return no('It signs in with “aws login”, which Pail does not support yet.')
  if (section.has('aws_access_key_id')) return no('It has an access key ID without a secret.')
  return no('It has no keys.')
}

function planRole(
  config: AwsConfig,
  name: string,
  roleArn: string,
  section: Section,
  visited: readonly string[],
): CredentialPlan {
  if (section.has('web_identity_token_file')) {
    return no('Its role is had with a web identity token, which Pail does not use.')
  }
  if (section.has('mfa_serial'))
    return no('Its role asks for a code of an MFA device, which Pail cannot ask for yet.')
  if (section.has('credential_source')) {
    return no('Its role takes keys from the machine it runs on (credential_source), which Pail does not use.')
  }
  const source = section.get('source_profile')
  if (source === undefined) return no('Its role has no source_profile.')
  const plan = planAlong(config, source, [...visited, name])
  if (!plan.ok) return no(`Its source “${source}”: ${plan.problem}`)
  const duration = Number(section.get('duration_seconds') ?? Number.NaN)
  return {
    ok: true,
    step: {
      type: 'role',
      roleArn,
      source: plan.step,
      sessionName: section.get('role_session_name') ?? null,
      externalId: section.get('external_id') ?? null,
      durationSeconds: Number.isInteger(duration) && duration >= 900 && duration <= 43_200 ? duration : null,
      region: section.get('region') ?? config.profiles.get(source)?.get('region') ?? null,
    },
  }
}

function planSso(config: AwsConfig, name: string, section: Section): CredentialPlan {
  const sessionName = section.get('sso_session') ?? null
  const session = sessionName === null ? section : config.ssoSessions.get(sessionName)
  if (!session) return no(`There is no [sso-session ${sessionName}].`)
  const startUrl = session.get('sso_start_url')
  const region = session.get('sso_region')
  const accountId = section.get('sso_account_id')
  const roleName = section.get('sso_role_name')
  if (!startUrl || !region) return no('Its single sign-on lacks sso_start_url or sso_region.')
  if (!accountId || !roleName) return no('Its single sign-on lacks sso_account_id or sso_role_name.')
  return {
    ok: true,
    step: { type: 'sso', profileName: name, session: sessionName, startUrl, region, accountId, roleName },
  }
}

function staticStep(section: Section): (CredentialStep & { type: 'static' }) | null {
  const accessKeyId = section.get('aws_access_key_id')
  const secretAccessKey = section.get('aws_secret_access_key')
  if (!accessKeyId || !secretAccessKey) return null
  return {
    type: 'static',
    accessKeyId,
    secretAccessKey,
    sessionToken: section.get('aws_session_token') ?? null,
  }
}

function no(problem: string): CredentialPlan {
  return { ok: false, problem: problem.slice(0, 500) }
}

/** The program at the end of a plan's chain, exactly as the file has it; null when none would run. */
export function commandOf(step: CredentialStep): string | null {
  if (step.type === 'command') return step.command
  return step.type === 'role' ? commandOf(step.source) : null
}

/** What a profile says about its service; nothing here is a secret. */
export function serviceSettings(
  config: AwsConfig,
  name: string,
): { region: string | null; endpoint: string | null; addressing: 'virtual' | 'path' | null } {
  const section = config.profiles.get(name)
  const services = config.services.get(section?.get('services') ?? '')
  const style = section?.get('s3.addressing_style')
  return {
    region: section?.get('region') ?? null,
    endpoint:
      services?.get('s3.endpoint_url') ??
      section?.get('s3.endpoint_url') ??
      section?.get('endpoint_url') ??
      null,
    addressing: style === 'path' || style === 'virtual' ? style : null,
  }
}

/** The entries of both files for the list of what can be used, in the files' order, without any secret. */
export function listAwsConfig(config: AwsConfig): AwsProfile[] {
  const entries: AwsProfile[] = []
  for (const [name, section] of config.profiles) {
    if (name.length > 200 || entries.length >= 1000) continue
    const plan = planCredentials(config, name)
    const command = plan.ok ? commandOf(plan.step) : (section.get('credential_process') ?? null)
    const { region, endpoint } = serviceSettings(config, name)
    entries.push({
      name,
      kind: kindOf(section, plan),
      region: region?.slice(0, 64) ?? null,
      endpoint: endpoint?.slice(0, 300) ?? null,
      command: command?.slice(0, 4096) ?? null,
      problem: problemOf(plan, command),
    })
  }
  return entries
}

function kindOf(section: Section, plan: CredentialPlan): AwsProfile['kind'] {
  if (section.has('role_arn')) return 'role'
  if (section.has('credential_process') && staticStep(section) === null) return 'process'
  if (section.has('sso_session') || section.has('sso_start_url')) {
    if (staticStep(section) === null) return 'sso'
  }
  if (!plan.ok) return 'incomplete'
  return plan.step.type === 'static' && plan.step.sessionToken !== null ? 'session' : 'static'
}

function problemOf(plan: CredentialPlan, command: string | null): string | null {
  if (!plan.ok) return plan.problem
  if (command === null) return null
  if (command.length > 4096) return 'It runs a command that is too long to be shown, so it cannot be allowed.'
  return 'It runs a command on this computer to have its keys. Pail runs it only after you have allowed it.'
}
