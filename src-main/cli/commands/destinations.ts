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
    destinations: shown.map((each) => ({
      id: each.id,
      name: each.name,
      profile: profileName(each.profileId),
      bucket: each.bucket,
      prefix: each.prefix,
      kind: each.kind,
      visibility: each.visibility,
      cacheControl: each.cacheControl,
      onConflict: each.kind === 'media' ? each.onConflict : null,
      baseUrl: each.baseUrl,
      linkExpirySeconds: each.linkExpirySeconds,
      linkFormat: each.linkFormat ?? 'url',
      keyTemplate: each.kind === 'media' ? (each.keyTemplate ?? null) : null,
      keyPairId: each.keyPairId ?? null,
      distributionId: each.kind === 'static' ? (each.distributionId ?? null) : null,
      stripPrefix: each.stripPrefix ?? false,
      rules: each.rules ?? [],
    })),
    overlaps: overlapsIn(shown).map((pair) => pair.map(({ id }) => id)),
  })
  if (shown.length === 0) output.say('The application has no destinations yet.')
  return exitCode.done
}
