import type { UploadRequest } from './upload-request.ts'
import { sizeWords, type WantedSize } from './upload-size.ts'

/** `posix`: sh, bash and zsh, also Git Bash; `powershell`: Windows, where `curl` alone is something else in old ones. */
export type CommandShell = 'posix' | 'powershell'

/**
 * The `curl` command that uploads a file to a request, in one line that can be pasted into a shell: method, headers and
 * address exactly as they are signed, and the object's own name for the file, which its sender replaces. Where a size was
 * asked for, the file's is looked at first. Pure.
 */
export function uploadCommand(
  request: Pick<UploadRequest, 'url' | 'key' | 'headers' | 'size'>,
  shell: CommandShell,
): string {
  const { size } = request
  const quote = shell === 'posix' ? posixQuoted : powershellQuoted
  const file = quote(`./${fileName(request.key)}`)
  if (size === null) return curl(request, shell, file)
  const operator = size.kind === 'at-most' ? '-le' : '-eq'
  const problem = quote(problemWords(size))
  if (shell === 'powershell')
    return `$f = ${file}; if ((Get-Item -LiteralPath $f).Length ${operator} ${size.bytes}) { ${curl(request, shell, '$f')} } else { Write-Error ${problem} }`
  // What is not there has no size, and curl says so.
  return `f=${file}; if [ $(($(wc -c <"$f"))) ${operator} ${size.bytes} ]; then ${curl(request, shell, '"$f"')}; else echo ${problem} >&2; false; fi`
}

function problemWords({ kind, bytes }: WantedSize): string {
  return kind === 'at-most'
    ? `Not sent: the file is larger than ${sizeWords(bytes)}.`
    : `Not sent: the file has not exactly ${bytes} bytes.`
}

function curl(request: Pick<UploadRequest, 'url' | 'headers'>, shell: CommandShell, file: string): string {
  const quote = shell === 'posix' ? posixQuoted : powershellQuoted
  return [
    shell === 'posix' ? 'curl' : 'curl.exe',
    '--fail-with-body',
    // Brackets of an IPv6 address and dots in a key are meant as they stand.
    '--globoff',
    '--path-as-is',
    ...request.headers.flatMap(({ name, value }) => ['--header', quote(`${name}: ${value}`)]),
    '--upload-file',
    file,
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
