import type { UploadRequest } from './upload-request.ts'

/** `posix`: sh, bash and zsh, also Git Bash; `powershell`: Windows, where `curl` alone is something else in old ones. */
export type CommandShell = 'posix' | 'powershell'

/**
 * The `curl` command that uploads a file to a request, in one line that can be pasted into a shell: method, headers and
 * address exactly as they are signed, and the object's own name for the file, which its sender replaces. Pure.
 */
export function uploadCommand(
  request: Pick<UploadRequest, 'url' | 'key' | 'headers'>,
  shell: CommandShell,
): string {
  const quote = shell === 'posix' ? posixQuoted : powershellQuoted
  return [
    shell === 'posix' ? 'curl' : 'curl.exe',
    '--fail-with-body',
    // Brackets of an IPv6 address and dots in a key are meant as they stand.
    '--globoff',
    '--path-as-is',
    ...request.headers.flatMap(({ name, value }) => ['--header', quote(`${name}: ${value}`)]),
    '--upload-file',
    quote(`./${fileName(request.key)}`),
    quote(request.url),
  ].join(' ')
}

/** The last part of a key, without what no file name has. */
function fileName(key: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is taken out
  return key.slice(key.lastIndexOf('/') + 1).replace(/[\u0000-\u001f\u007f-\u009f"\\]/g, '_')
}

function posixQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** PowerShell takes the curved quotes for straight ones. */
function powershellQuoted(text: string): string {
  return `'${text.replace(/['\u2018-\u201b]/g, (quote) => quote + quote)}'`
}
