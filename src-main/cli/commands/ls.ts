import type { ObjectPage, ObjectRow } from '../../../src-preload/contract/object.ts'
import { destinationOf, destinationOption, type Placed, readObject } from '../choose-destination.ts'
import type { CommandContext, Given, Run } from '../command.ts'
import { ask } from '../command.ts'
import { exitCode, type ExitCode } from '../exit-code.ts'
import { plainText } from '../plain-text.ts'
import { parseS3Url, type S3Url } from '../s3-url.ts'

/** The options of `pail ls`. */
export const lsOptions = {
  ...destinationOption,
  recursive: { type: 'boolean', text: 'every object below, not folder by folder' },
} as const

/** Checks the arguments of `pail ls`. */
export function prepareLs(given: Given): Run {
  const [target] = given.positionals
  const where: Placed<S3Url> =
    target === undefined && given.text('to') !== undefined
      ? (context) => {
          const { bucket, prefix } = destinationOf(context)
          return { bucket, key: prefix }
        }
      : readObject(given, target ?? '', parseS3Url)
  const recursive = given.flag('recursive')
  return (context) => ls(context, where(context), recursive)
}

/** ISO 8601 to the second, which is all that S3 keeps. */
function second(date: string | null): string {
  if (date === null) return '-'
  return date.at(-5) === '.' ? `${date.slice(0, -5)}Z` : date
}

function columns(size: string, date: string, name: string): string {
  return `${size.padStart(14)}  ${date.padEnd(20)}  ${plainText(name)}`
}

async function ls(context: CommandContext, where: S3Url, recursive: boolean): Promise<ExitCode> {
  const { api, output, profileId } = context
  const folders: string[] = []
  const objects: ObjectRow[] = []
  let continuationToken: string | null = null
  let count = 0
  do {
    const page: ObjectPage = await ask(
      context,
      api.listObjects({ profileId, bucket: where.bucket, prefix: where.key, recursive, continuationToken }),
    )
    if (output.json) {
      folders.push(...page.folders)
      objects.push(...page.objects)
    }
    const lines = [
      ...page.folders.map((folder) => columns('-', '-', folder)),
      ...page.objects.map(({ key, sizeBytes, lastModified }) =>
        columns(String(sizeBytes), second(lastModified), key),
      ),
    ]
    // A page at a time: writing is dearer than listing.
    if (lines.length > 0) await output.line(lines.join('\n'))
    count += page.folders.length + page.objects.length
    ;({ continuationToken } = page)
    if (continuationToken !== null) output.progress(`${count} so far`)
  } while (continuationToken !== null && !output.closed())
  await output.document({
    folders,
    objects: objects.map(({ key, sizeBytes, lastModified, eTag, storageClass }) => ({
      key,
      bytes: sizeBytes,
      lastModified,
      eTag,
      storageClass,
    })),
  })
  return exitCode.done
}
