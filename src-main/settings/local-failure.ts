import { failure } from '../../src-preload/contract/failure.ts'

/**
 * What a file of this computer that could not be written means for the person: `disk-full` with the first words where there
 * is no room, otherwise `local-file` with the second and the system's own code. An error that is not the file system's stays
 * what it is, since it is a mistake of Pail.
 */
export function localFailure(error: unknown, noRoom: string, notWritten: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return error
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOSPC' || code === 'EDQUOT'
    ? failure('disk-full', noRoom, { cause: error })
    : failure('local-file', `${notWritten} (${code}).`, { cause: error })
}
