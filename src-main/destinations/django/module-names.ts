/** `mysite/settings/base.py` as `mysite.settings.base`. */
export function dottedName(file: string): string {
  return file
    .replace(/\.py$/, '')
    .replace(/(^|\/)__init__$/, '')
    .replaceAll('/', '.')
}

/** The dotted name that an import in a file means; leading dots go up from the file's package. */
export function absoluteModule(module: string, file: string): string {
  const [dots = ''] = /^\.*/.exec(module) ?? []
  if (dots === '') return module
  const folders = file.split('/').slice(0, -1)
  const base = folders.slice(0, Math.max(0, folders.length - (dots.length - 1)))
  return [...base, ...module.slice(dots.length).split('.')].filter((part) => part !== '').join('.')
}
