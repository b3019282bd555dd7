import { posix } from 'node:path'
import { evaluate } from './evaluate.ts'
import type { ProjectFiles } from './project-files.ts'
import type { PythonExpression } from './python-tree.ts'
import { type PythonScope, type PythonValue, textOf } from './python-value.ts'

/**
 * The files of a project that a call of django-split-settings' `include` runs, for each of its patterns; null for every
 * other expression, and `unknown` where that cannot be told.
 */
export function includedFiles(
  expression: PythonExpression,
  scope: PythonScope,
  files: Pick<ProjectFiles, 'python'>,
): readonly (readonly string[])[] | 'unknown' | null {
  if (expression.type !== 'call') return null
  const { callee, positional, keywords, hasSpread } = expression
  if (callee.type !== 'name' && callee.type !== 'attribute') return null
  const target = evaluate(callee, scope)
  if (target.type !== 'reference' || target.dotted !== 'split_settings.tools.include') return null
  const names = keywords.get('scope')
  const isOwn = names === undefined || isOwnScope(evaluate(names, scope), scope)
  const patterns = positional.map((each) => patternOf(evaluate(each, scope)))
  if (hasSpread || !isOwn || scope.module !== undefined) return 'unknown'
  const found: (readonly string[])[] = []
  for (const pattern of patterns) {
    if (pattern === null) return 'unknown'
    if (pattern.text === null) continue
    const path = posix.join(posix.dirname(scope.file), pattern.text)
    const matches = files.python.filter((file) => matchesGlob(file, path))
    // What is not here, a site may have: without it Django does not start.
    if (matches.length === 0 && !pattern.isOptional) return 'unknown'
    found.push(matches)
  }
  return found
}

function isOwnScope(value: PythonValue, scope: PythonScope): boolean {
  return (
    (value.type === 'names' && value.scope.names === scope.names) ||
    (value.type === 'plain' && value.value === null)
  )
}

/** A text, or `optional('text')`, of which None is nothing. */
function patternOf(value: PythonValue): { text: string | null; isOptional: boolean } | null {
  if (value.type === 'plain' || value.type === 'path') {
    const text = value.type === 'plain' && typeof value.value !== 'string' ? null : textOf(value)
    return text === null ? null : { text, isOptional: false }
  }
  if (value.type !== 'instance' || value.of.type !== 'reference') return null
  if (value.of.dotted !== 'split_settings.tools.optional') return null
  const given = value.given.positional[0] ?? value.given.keywords.get('filename')
  if (given?.type !== 'plain') return null
  return { text: given.value === null || given.value === '' ? null : textOf(given), isOptional: true }
}

/** Whether a file is one that `glob.glob` finds: `*` and `?` stop at a slash, and find no name that begins with a dot. */
function matchesGlob(file: string, pattern: string): boolean {
  const parts = pattern.split('/')
  const names = file.split('/')
  if (parts.length !== names.length) return false
  return parts.every((part, index) => {
    const source = part
      .replace(/[.+^${}()|\\]/g, '\\$&')
      .replace(/\*+/g, '.*')
      .replace(/\?/g, '.')
    const classes = source.replace(/\[!/g, '[^')
    const name = names[index]!
    if (/^[*?[]/.test(part) && name.startsWith('.')) return false
    try {
      return new RegExp(`^${classes}$`, 's').test(name)
    } catch {
      return false
    }
  })
}
