import { cruise, type IModule } from 'dependency-cruiser'
import { createRequire } from 'node:module'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const require = createRequire(import.meta.url)

async function sourceFiles(folder: string): Promise<string[]> {
  const files: string[] = []
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) files.push(...(await sourceFiles(path)))
    else if (/\.tsx?$/.test(entry.name)) files.push(path)
  }
  return files
}

/** What is loaded with some files: those of ours, and packages with the file that imports each. */
function loadedAtStart(modules: readonly IModule[], from: readonly string[]) {
  const bySource = new Map(modules.map((module) => [module.source, module]))
  const files = new Set(from)
  const packages: string[] = []
  for (const file of files)
    for (const { resolved, dynamic, dependencyTypes } of bySource.get(file)?.dependencies ?? []) {
      if (dynamic || dependencyTypes.includes('type-only') || dependencyTypes.includes('core')) continue
      if (resolved.includes('node_modules/') || !bySource.has(resolved))
        packages.push(`${file} → ${resolved}`)
      else files.add(resolved)
    }
  return { files: [...files], packages }
}

const rooms = ['src-main', 'src-preload', 'src-renderer']

describe('the house', () => {
  test('S54 every import stays within the fences, and the fences see the whole house', async () => {
    const rules = require('./architecture.rules.cjs')
    const { output } = await cruise(rooms, { ...rules.options, ruleSet: rules, validate: true })
    if (typeof output === 'string') throw new Error('dependency-cruiser answered text instead of a result')
    const written = (await Promise.all(rooms.map(sourceFiles))).flat()
    const own = output.modules.filter((module) => rooms.some((room) => module.source.startsWith(`${room}/`)))
    // With TypeScript 7 and without @swc/core the cruiser sees nothing and finds no fault.
    expect(own.length).toBeGreaterThanOrEqual(written.filter((file) => !file.endsWith('.d.ts')).length)
    expect(own.length).toBeGreaterThan(20)
    const violations = output.summary.violations.map(
      (violation) =>
        `${violation.rule.name}: ${violation.from} → ${violation.to} — ${rules.forbidden.find((rule: { name: string }) => rule.name === violation.rule.name)?.comment}`,
    )
    expect(violations).toEqual([])

    // Each start of the command line would pay for it: a package is loaded by a dynamic import, when it is needed.
    const handlers = written.filter((file) => /^src-main\/backend\/.*-handlers\.ts$/.test(file))
    const loaded = loadedAtStart(output.modules, [
      'src-main/cli.ts',
      'src-main/backend/create-backend.ts',
      ...handlers,
    ])
    expect(loaded.files).toContain('src-main/sync/apply.ts')
    expect(loaded.packages).toEqual([])
  })

  const forbidden: readonly { rule: string; folder: string; pattern: RegExp; except?: RegExp }[] = [
    {
      rule: 'S1 one window factory',
      folder: 'src-main',
      pattern: /new\s+BrowserWindow\s*\(/,
      except: /electron\/window\.ts$/,
    },
    {
      rule: 'S7 no HTML from strings',
      folder: 'src-renderer',
      pattern: /dangerouslySetInnerHTML|\.innerHTML\s*=|document\.write|insertAdjacentHTML/,
    },
    { rule: 'S7 no code from strings', folder: '.', pattern: /\beval\s*\(|new\s+Function\s*\(/ },
    {
      rule: 'S8 certificates are never waved through',
      folder: 'src-main',
      pattern: /setCertificateVerifyProc|['"]certificate-error['"]/,
    },
    { rule: 'S32 no switch to ignore TLS errors', folder: '.', pattern: /rejectUnauthorized\s*:\s*false/ },
    {
      rule: 'S12 raw ipc only in the shell and the preload',
      folder: '.',
      pattern: /\bipcMain\b|\bipcRenderer\b/,
      except: /src-main\/electron\/|src-preload\/index\.ts$|src-main\/index\.ts$/,
    },
    {
      rule: 'S50 no recursive readdir, which follows link loops',
      folder: 'src-main',
      pattern: /readdir(Sync)?\([^)]*recursive/,
    },
    {
      rule: 'no silenced compiler',
      folder: '.',
      pattern: /@ts-ignore|@ts-nocheck|[\w\])] as any\b/,
    },
  ]

  test.each(forbidden)('$rule', async ({ folder, pattern, except }) => {
    const files =
      folder === '.' ? (await Promise.all(rooms.map(sourceFiles))).flat() : await sourceFiles(folder)
    expect(files.length).toBeGreaterThan(0)
    const hits: string[] = []
    for (const file of files) {
      if (except?.test(file)) continue
      for (const [index, line] of (await readFile(file, 'utf8')).split('\n').entries()) {
        if (/^\s*(\/\/|\/?\*)/.test(line)) continue
        if (pattern.test(line) && !(except && except.test(line)))
          hits.push(`${file}:${index + 1}: ${line.trim()}`)
      }
    }
    expect(hits).toEqual([])
  })

  test('every room has a file or it would not be there, and no file is called utils, helpers, common or manager', async () => {
    const files = (await Promise.all([...rooms, 'test'].map(sourceFiles))).flat()
    expect(files.filter((file) => /(^|\/)(utils?|helpers?|common|.*-?manager)\.tsx?$/.test(file))).toEqual([])
  })
})
