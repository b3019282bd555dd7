import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestInfo } from 'playwright/test'
import type { HandedOutLink } from './handed-out.ts'

/** What is kept of a link that was proved: never the link. */
export interface NotedLink {
  readonly project: string
  readonly test: string
  readonly way: HandedOutLink['way']
  readonly kind: HandedOutLink['kind']
  readonly together: number
}

/** In the folder that a run empties when it begins. */
const fileIn = (outputDirectory: string) => join(outputDirectory, 'links-handed-out.jsonl')

/** Keeps the kinds of a test's links for the end of the run. */
export async function noteKinds(info: TestInfo, links: readonly HandedOutLink[]): Promise<void> {
  if (links.length === 0) return
  const notes = links.map(({ way, kind, together }): NotedLink => {
    return { project: info.project.name, test: info.title, way, kind, together }
  })
  await mkdir(info.project.outputDir, { recursive: true })
  await appendFile(fileIn(info.project.outputDir), notes.map((note) => `${JSON.stringify(note)}\n`).join(''))
}

/** The kinds of all links of the run. */
export async function notedKinds(info: TestInfo): Promise<NotedLink[]> {
  const text = await readFile(fileIn(info.project.outputDir), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as NotedLink)
}
