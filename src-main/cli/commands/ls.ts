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

/** A page as lines: size, date, name. */
function linesOf({ folders, objects }: ObjectPage): string[] {
  const lines = folders.map((folder) => `${'-'.padStart(14)}${dateColumn('-')}${plainText(folder)}`)
  // Much was written in the same second.
  let last: string | null | undefined
  let date = ''
  for (const { key, sizeBytes, lastModified } of objects) {
    if (lastModified !== last) {
      date = dateColumn(second(lastModified))
      last = lastModified
    }
    lines.push(String(sizeBytes).padStart(14) + date + plainText(key))
  }
  return lines
}

function dateColumn(date: string): string {
  return `  ${date.padEnd(20)}  `
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
    // A page at a time: writing is dearer than listing.
    const lines = linesOf(page)
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
