import { overlapsIn, overlapText } from '../../../src-preload/contract/destination-overlap.ts'
import type { CommandContext, Run } from '../command.ts'
import { ask } from '../command.ts'
import { exitCode, type ExitCode } from '../exit-code.ts'
import { plainText } from '../plain-text.ts'
import { formatS3Url } from '../s3-url.ts'

/** `pail destinations` takes nothing to check. */
export function prepareDestinations(): Run {
  return destinations
}

async function destinations(context: CommandContext): Promise<ExitCode> {
  const { api, output, profileId } = context
  const [all, profiles] = [
    await ask(context, api.listDestinations({})),
    await ask(context, api.listProfiles({})),
  ]
  const shown = all.filter((each) => profileId === '' || each.profileId === profileId)
  const profileName = (id: string) => profiles.find((profile) => profile.id === id)?.name ?? null
  const width = Math.min(40, Math.max(0, ...shown.map(({ name }) => name.length)))
  for (const { name, bucket, prefix, kind, visibility, profileId: id } of shown)
    await output.line(
      plainText(
        `${name.padEnd(width)}  ${kind.padEnd(6)}  ${visibility.padEnd(7)}  ${formatS3Url({ bucket, key: prefix })}  ${profileName(id) ?? '-'}`,
      ),
    )
  for (const [one, other] of overlapsIn(shown))
    output.warn(
      plainText(
        `In ${one.bucket} “${one.name}” and “${other.name}” overlap. ${overlapText(one, other)} Until then each of the two has a say in the same objects.`,
      ),
    )
  await output.document({
    destinations: shown.map(({ id, name, profileId: of, bucket, prefix, kind, visibility, ...policy }) => ({
      id,
      name,
      profile: profileName(of),
      bucket,
      prefix,
      kind,
      visibility,
      cacheControl: policy.cacheControl,
      onConflict: policy.onConflict,
      baseUrl: policy.baseUrl,
      linkExpirySeconds: policy.linkExpirySeconds,
      linkFormat: policy.linkFormat ?? 'url',
      keyTemplate: policy.keyTemplate ?? null,
      keyPairId: policy.keyPairId ?? null,
      distributionId: policy.distributionId ?? null,
      stripPrefix: policy.stripPrefix ?? false,
      rules: policy.rules ?? [],
    })),
    overlaps: overlapsIn(shown).map((pair) => pair.map(({ id }) => id)),
  })
  if (shown.length === 0) output.say('The application has no destinations yet.')
  return exitCode.done
}
