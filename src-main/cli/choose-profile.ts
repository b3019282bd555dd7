import type { Profile } from '../../src-preload/contract/profile.ts'
import type { CommandContext } from './command.ts'
import { ask, valueOf } from './command.ts'
import { UsageError } from './usage-error.ts'

/**
 * The profile that `--profile` means: by id, else by its name in the application, else an entry of `~/.aws`.
 * Throws a {@link UsageError} when there is none or more than one.
 */
export async function chooseProfile(
  context: Pick<CommandContext, 'api' | 'signal'>,
  name: string,
): Promise<Profile> {
  const { api } = context
  const profiles = await ask(context, api.listProfiles({}))
  const found =
    profiles.find(({ id }) => id === name) ??
    onlyOne(
      name,
      profiles.filter((profile) => profile.name === name),
    )
  if (found) return found
  const inAws = valueOf(await api.listAwsProfiles({}))
  if (inAws.some((profile) => profile.name === name)) return ask(context, api.addAwsProfile({ name }))
  const names = [...profiles.map((profile) => profile.name), ...inAws.map((profile) => profile.name)]
  throw new UsageError(
    `The command line has no profile “${name}”. ${names.length ? `It has: ${names.join(', ')}.` : 'It has none at all.'}`,
  )
}

function onlyOne(name: string, profiles: readonly Profile[]): Profile | undefined {
  if (profiles.length > 1)
    throw new UsageError(
      `${profiles.length} profiles are called “${name}”. Say which by its id: ${profiles.map(({ id }) => id).join(', ')}.`,
    )
  return profiles[0]
}
