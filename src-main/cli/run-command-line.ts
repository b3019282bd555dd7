import type { Readable } from 'node:stream'
import type { Destination } from '../../src-preload/contract/destination.ts'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { Profile, ProfileProxy } from '../../src-preload/contract/profile.ts'
import type { Backend, EnvironmentProfile } from '../backend/backend-parts.ts'
import { environmentProfileId } from '../backend/backend-parts.ts'
import { chooseDestination } from './choose-destination.ts'
import { chooseProfile } from './choose-profile.ts'
import { ask, type CommandContext } from './command.ts'
import { confirm } from './confirm.ts'
import { readProxyOption } from './proxy-option.ts'
import { readProfile, type WantedProfile, withAuthority, withEnvironmentKeys } from './environment-profile.ts'
import { exitCode, exitCodeOf, type ExitCode } from './exit-code.ts'
import { commandHelp, generalHelp } from './help.ts'
import { createOutput, type Output, type OutputStream } from './output.ts'
import { parseCommandLine, type CommandLine } from './parse-command-line.ts'
import { UsageError } from './usage-error.ts'

/** Where a command line runs. */
export interface CommandLineHost {
  /** The arguments after the program's name. */
  readonly argv: readonly string[]
  /** The `AWS_*` variables and the password of a proxy, which are no longer in the environment. */
  readonly variables: Readonly<Record<string, string>>
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly workingDirectory: string
  readonly version: string
  /** Aborted by Ctrl+C, or by a polite kill with the reason `terminated`. */
  readonly signal: AbortSignal
  /** Opens the backend over the application's own profiles, with the environment's profile if there is one. */
  openBackend(
    profile: EnvironmentProfile | null,
    needsSettings: boolean,
    /** Of `--proxy`, in place of what any profile says. */
    proxy: ProfileProxy | undefined,
  ): Promise<Backend>
  /** Keeps what nobody expected, redacted. */
  logError(message: string, error: unknown): void
}

/**
 * Runs one command from its arguments to its exit code. Never rejects: what goes wrong is named on stderr, and with
 * `--json` the one document on stdout says it too.
 */
export async function runCommandLine(host: CommandLineHost): Promise<ExitCode> {
  const { stdout, stderr, signal } = host
  let output = createOutput({ stdout, stderr, json: false, quiet: false })
  let code: ExitCode
  try {
    const line = parseCommandLine(host.argv)
    if (line.kind === 'run') {
      output = createOutput({
        stdout,
        stderr,
        json: line.given.flag('json'),
        quiet: line.given.flag('quiet'),
      })
      const wanted = await withAuthority(
        readProfile(line.given, line.command, host.variables),
        host.workingDirectory,
      )
      code = await runCommand(host, line, wanted, output)
    } else {
      await output.line(
        line.kind === 'version'
          ? host.version
          : (line.command ? commandHelp(line.command) : generalHelp()).trimEnd(),
      )
      code = exitCode.done
    }
  } catch (error) {
    code = await explain(host, output, error)
  }
  try {
    await output.flush()
  } catch (error) {
    code = await explain(host, output, error)
  }
  if (signal.aborted && code !== exitCode.done)
    return signal.reason === 'terminated' ? exitCode.terminated : exitCode.interrupted
  return code
}

type RunLine = Extract<CommandLine, { kind: 'run' }>

async function runCommand(
  host: CommandLineHost,
  { run, given }: RunLine,
  wanted: WantedProfile,
  output: Output,
): Promise<ExitCode> {
  const { signal, stderr, workingDirectory } = host
  const proxy = await readProxyOption(given)
  const isEnvironment = wanted.kind === 'environment'
  let backend = await host.openBackend(isEnvironment ? wanted.profile : null, !isEnvironment, proxy)
  try {
    let chosen = await chooseKeys({ api: backend.api, signal }, wanted)
    const lent = chosen.profile?.isWithoutKeys
      ? withEnvironmentKeys(chosen.profile.profile, host.variables)
      : null
    if (lent !== null) {
      await backend.close()
      backend = await host.openBackend(lent, true, proxy)
      chosen = { ...chosen, profileId: environmentProfileId }
    }
    const { api } = backend
    const context: CommandContext = {
      api,
      profileId: chosen.profileId,
      destination: chosen.destination,
      region: chosen.region,
      output,
      signal,
      workingDirectory,
      confirm: (question, expected) =>
        confirm({ stdin: host.stdin, stderr, output, signal }, question, expected),
    }
    return await run(context)
  } catch (error) {
    // Named now, so that a backend which is slow to close does not keep the person waiting for the reason.
    return await explain(host, output, error)
  } finally {
    await backend.close()
  }
}

interface ChosenKeys {
  readonly profileId: string
  readonly region: string
  readonly destination: Destination | null
  /** The saved profile of a destination, and whether its keys are not on this computer. */
  readonly profile: { readonly profile: Profile; readonly isWithoutKeys: boolean } | null
}

async function chooseKeys(
  context: Pick<CommandContext, 'api' | 'signal'>,
  wanted: WantedProfile,
): Promise<ChosenKeys> {
  const nothing = { destination: null, profile: null }
  switch (wanted.kind) {
    case 'none':
      return { profileId: '', region: 'us-east-1', ...nothing }
    case 'environment':
      return { profileId: environmentProfileId, region: wanted.profile.region, ...nothing }
    case 'saved': {
      const { id, region } = await chooseProfile(context, wanted.name)
      return { profileId: id, region, ...nothing }
    }
    case 'destination': {
      const narrowed = wanted.profileName === null ? null : await chooseProfile(context, wanted.profileName)
      const destination = await chooseDestination(context, wanted.name, narrowed?.id ?? null)
      const profiles = await ask(context, context.api.listProfiles({}))
      const profile = profiles.find(({ id }) => id === destination.profileId)
      if (profile === undefined)
        throw failure(
          'not-found',
          `The command line has no profile for the destination “${destination.name}”.`,
        )
      const isWithoutKeys = ['missing', 'unavailable'].includes(profile.credentialState)
      return {
        profileId: profile.id,
        region: profile.region,
        destination,
        profile: { profile, isWithoutKeys },
      }
    }
  }
}

async function explain(host: CommandLineHost, output: Output, error: unknown): Promise<ExitCode> {
  if (error instanceof UsageError) {
    output.warn(`pail: ${error.message}`)
    return exitCode.wrongUsage
  }
  let told: Failure
  if (error instanceof Failure) told = error
  else {
    host.logError('The command ended with an error that nobody expected.', error)
    told = failure('bug', 'Something went wrong inside Pail. Set PAIL_LOG=debug to see more.')
  }
  if (host.signal.aborted) output.warn('pail: interrupted')
  else output.failed(told.error)
  const { code, message, key } = told.error
  try {
    await output.document({ error: { code, message, key: key ?? null } })
  } catch (second) {
    // Stdout itself is what failed, and it has just been named.
    if (!(second instanceof Failure)) host.logError('The answer could not be written.', second)
  }
  return exitCodeOf(code)
}
