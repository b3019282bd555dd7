import { createReadStream } from 'node:fs'
import { lstat, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { failure, Failure } from '../../../src-preload/contract/failure.ts'
import type { CommandContext, Given, Run } from '../command.ts'
import { ask, interrupted } from '../command.ts'
import { exitCode, type ExitCode } from '../exit-code.ts'
import { renameToFreeName, syncFolder } from '../../s3/target-folder.ts'
import { formatBytes } from '../plain-text.ts'
import { formatS3Url, parseObjectUrl, type S3Url } from '../s3-url.ts'
import { runBatch } from '../transfer-batch.ts'

/** The options of `pail get`. */
export const getOptions = {
  force: { type: 'boolean', text: 'replace a file that is there' },
} as const

/** Checks the arguments of `pail get`. */
export function prepareGet(given: Given): Run {
  const [address = '', file] = given.positionals
  const object = parseObjectUrl(address)
  const force = given.flag('force')
  return (context) => (file === '-' ? getToStdout(context, object) : getToFile(context, object, file, force))
}

/** What is at a path, itself and not what a link points to: null when there is nothing. */
async function kindAt(path: string): Promise<'file' | 'folder' | null> {
  try {
    return (await lstat(path)).isDirectory() ? 'folder' : 'file'
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw failure('local-file', `The place for the file cannot be looked at (${code}).`)
  }
}

async function onlyFile(folder: string): Promise<string | null> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isFile()) return path
    const inner = entry.isDirectory() ? await onlyFile(path) : null
    if (inner) return inner
  }
  return null
}

/** Downloads one object into an empty folder and answers the whole file there, and whether its bytes were proved. */
async function download(
  context: CommandContext,
  object: S3Url,
  folder: string,
): Promise<{ readonly file: string; readonly verified: boolean }> {
  const { api, profileId, signal } = context
  const chosen = await ask(context, api.chooseFolder({ purpose: 'download', typedPath: folder }))
  if (!chosen) throw interrupted()
  const { ended } = await runBatch(context, 'Downloading', () =>
    api.startDownload({
      profileId,
      bucket: object.bucket,
      keys: [object.key],
      prefixes: [],
      folderId: chosen.folderId,
    }),
  )
  const [transfer] = ended
  if (transfer?.error) throw new Failure({ ...transfer.error, key: transfer.error.key ?? object.key })
  if (signal.aborted || transfer?.state === 'cancelled') throw interrupted()
  // Such as that the key is no name that a file can have here, and which one it got.
  if (transfer?.note) context.output.say(transfer.note)
  const file = await onlyFile(folder)
  if (!file) throw failure('local-file', 'The object has no name that a file can have.', { key: object.key })
  return { file, verified: transfer?.verified ?? false }
}

/**
 * Moves the finished file to its place in one step. Without `force` a file that appeared meanwhile stays: throws
 * `already-exists`.
 */
async function place(from: string, to: string, force: boolean): Promise<void> {
  if (force) await rename(from, to)
  else {
    await renameToFreeName(from, to).catch((error: unknown) => {
      throw error instanceof Failure && error.error.code === 'already-exists' ? existsFailure(to) : error
    })
  }
  // So that the name outlives a power cut; the bytes are on the disk already.
  await syncFolder(dirname(to)).catch(() => undefined)
}

function existsFailure(path: string): Failure {
  return failure('already-exists', `“${basename(path)}” exists already. Name another file, or add --force.`)
}

/** Folders of {@link download} lie beside the target, so that the last step is a rename and not a copy. */
async function temporaryBeside(folder: string): Promise<string> {
  try {
    return await mkdtemp(join(folder, '.pail-'))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw code === 'ENOENT'
      ? failure('local-missing', 'There is no such folder.')
      : failure('local-file', `Nothing can be written there (${code}).`)
  }
}

async function getToFile(
  context: CommandContext,
  object: S3Url,
  file: string | undefined,
  force: boolean,
): Promise<ExitCode> {
  const { output, workingDirectory } = context
  const given = file === undefined ? workingDirectory : resolve(workingDirectory, file)
  const asFolder = file === undefined || file.endsWith('/') || file.endsWith(sep)
  const kind = await kindAt(given)
  const intoFolder = asFolder || kind === 'folder'
  // Asked before the bytes are fetched; place() is what decides.
  if (!intoFolder && kind !== null && !force) throw existsFailure(given)
  const folder = intoFolder ? given : dirname(given)
  const temporary = await temporaryBeside(folder)
  try {
    const { file: downloaded, verified } = await download(context, object, temporary)
    const target = intoFolder ? join(folder, basename(downloaded)) : given
    if (force && (await kindAt(target)) === 'folder')
      throw failure('already-exists', `“${basename(target)}” is a folder.`)
    const bytes = (await lstat(downloaded)).size
    await place(downloaded, target, force)
    await output.document({ key: object.key, file: target, bytes, verified })
    output.say(`${formatS3Url(object)} → ${target} (${formatBytes(bytes)})`)
    return exitCode.done
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

async function getToStdout(context: CommandContext, object: S3Url): Promise<ExitCode> {
  const { output } = context
  if (output.json)
    throw failure('invalid-argument', 'With --json stdout holds a document: name a file for the bytes.')
  const temporary = await mkdtemp(join(tmpdir(), 'pail-get-'))
  try {
    // Fetched whole first: what a pipe has swallowed cannot be taken back when the checksum does not match.
    const { file } = await download(context, object, temporary)
    for await (const chunk of createReadStream(file)) {
      if (output.closed()) break
      await output.bytes(chunk as Buffer)
    }
    return exitCode.done
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}
