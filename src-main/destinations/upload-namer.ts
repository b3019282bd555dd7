import { randomUUID } from 'node:crypto'
import { keyTemplateProblem, keyTemplateReads } from '../../src-preload/contract/key-template.ts'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { Naming } from '../../src-preload/contract/naming.ts'
import { hashSource } from '../s3/e-tag.ts'
import { inParallel } from '../s3/in-parallel.ts'
import { openLocalSource } from '../s3/local-source.ts'
import { stripPicture } from '../pictures/strip-picture.ts'
import type { SelectedFile } from '../transfers/selection-store.ts'
import type { UploadName } from './upload-name.ts'
import { uploadNames } from './upload-name.ts'

/**
 * Names files for an upload. Day, UUID and digest of a file are found out once, so that what was shown before an upload
 * is what the upload does.
 */
export interface UploadNamer {
  /**
   * The keys of `files`, in their order. With {hash8} each file is read, unless it is larger than `readAtMostBytes`: then
   * `{hash8}` stays in its key; with `stripMetadata` it is the digest of what is left without them. Throws `invalid-argument` for a template that cannot be used; a file that cannot be read
   * has a problem.
   */
  name(
    prefix: string,
    files: readonly SelectedFile[],
    naming: Naming,
    options?: NamerOptions,
  ): Promise<UploadName[]>
}

/** How files are looked at for their names. */
export interface NamerOptions {
  readonly readAtMostBytes?: number
  /** Whether the upload will have metadata of pictures removed. */
  readonly stripMetadata?: boolean
  readonly signal?: AbortSignal
}

interface Known {
  readonly at: Date
  readonly uuid: string
  /** Of the whole file, and of what is left without metadata. */
  readonly hash8: { whole?: string; stripped?: string }
}

/** Makes an {@link UploadNamer}. `now` in milliseconds since 1970. */
export function createUploadNamer(now: () => number = Date.now): UploadNamer {
  const known = new WeakMap<SelectedFile, Known>()
  return {
    async name(prefix, files, naming, options = {}) {
      const problem = naming.template === null ? null : keyTemplateProblem(naming.template)
      if (problem !== null) throw failure('invalid-argument', problem)
      const at = new Date(now())
      const facts = files.map((file) => {
        const fact = known.get(file) ?? { at, uuid: randomUUID(), hash8: {} }
        known.set(file, fact)
        return fact
      })
      const which = options.stripMetadata === true ? 'stripped' : 'whole'
      const unreadable = new Map<number, string>()
      if (naming.template !== null && keyTemplateReads(naming.template)) {
        const unread = [...files.keys()].filter(
          (index) =>
            facts[index]!.hash8[which] === undefined &&
            files[index]!.sizeBytes <= (options.readAtMostBytes ?? Number.POSITIVE_INFINITY),
        )
        await inParallel(unread, 4, async (index) => {
          try {
            facts[index]!.hash8[which] = await hash8Of(files[index]!, options)
          } catch (error) {
            if (!(error instanceof Failure) || error.error.code === 'cancelled') throw error
            unreadable.set(index, error.message)
          }
        })
      }
      const names = files.map((file, index) => {
        const { at: day, uuid, hash8 } = facts[index]!
        return { name: file.name, facts: { at: day, uuid, hash8: hash8[which] ?? '{hash8}' } }
      })
      return uploadNames(prefix, names, naming).map((name, index) => ({
        key: name.key,
        problem: name.problem ?? unreadable.get(index) ?? null,
      }))
    },
  }
}

async function hash8Of(file: SelectedFile, { stripMetadata, signal }: NamerOptions): Promise<string> {
  // What cannot be stripped is sent whole, or not at all.
  const stripped = stripMetadata === true ? await stripPicture(file) : null
  const pieces = stripped?.kind === 'stripped' ? stripped.pieces : undefined
  const source = await openLocalSource(file.path, file.identity, pieces)
  try {
    const { md5 } = await hashSource(source, signal ? { signal } : {})
    return md5.slice(0, 8)
  } finally {
    await source.close()
  }
}
