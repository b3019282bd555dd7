import type { Release } from '../../../src-preload/contract/release.ts'
import type { CommandContext, Given, Run } from '../command.ts'
import { ask } from '../command.ts'
import { exitCode, type ExitCode } from '../exit-code.ts'
import { plainText } from '../plain-text.ts'
import { parsePlaceUrl, type SyncPlaceUrl } from '../s3-url.ts'

/** Checks the arguments of `pail history`. */
export function prepareHistory(given: Given): Run {
  const place = parsePlaceUrl(given.positionals[0] ?? '')
  return (context) => history(context, place)
}

async function history(context: CommandContext, place: SyncPlaceUrl): Promise<ExitCode> {
  const { api, output, profileId } = context
  const releases = await ask(context, api.listReleases({ profileId, ...place }))
  for (const release of releases)
    await output.line(
      `${release.id.padEnd(26)}  ${release.startedAt.replace(/\.\d+Z$/, 'Z')}  ${stateOf(release).padEnd(14)}  ${plainText(changesOf(release))}`,
    )
  await output.document({ releases })
  if (releases.length === 0)
    output.say(
      `No sync to s3://${place.bucket}/${place.prefix} has changed anything, as far as this computer knows.`,
    )
  return exitCode.done
}

function stateOf({ state, undone }: Release): string {
  return undone === 'whole' ? 'undone' : undone === 'in-part' ? 'undone in part' : state
}

function changesOf({ created, overwritten, updatedHeaders, deleted, failed, notUndoable }: Release): string {
  const parts = [
    [created, 'created'],
    [overwritten, 'overwritten'],
    [updatedHeaders, 'with other headers'],
    [deleted, 'removed'],
    [failed, 'failed'],
    [notUndoable, 'not kept'],
  ] as const
  return parts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${what}`)
    .join(', ')
}
