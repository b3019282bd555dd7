import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import {
  readDjangoProject,
  type ReadProjectOptions,
} from '../../../src-main/destinations/django/read-project.ts'
import { type DjangoProject, djangoProjectSchema } from '../../../src-preload/contract/django.ts'

/** A folder for the project of each test, and how it is read. */
export interface ProjectFixture {
  /** The folder of the running test. */
  readonly root: string
  /** Writes files there and reads the project; what it answers has its shape and no secret. */
  read(files: Readonly<Record<string, string>>, options?: Partial<ReadProjectOptions>): Promise<DjangoProject>
}

/** Makes a folder before each test of the file, and removes it after. */
export function useProjectFolder(): ProjectFixture {
  let root: string
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'pail-django-read-'))
  })
  afterEach(() => rm(root, { recursive: true, force: true }))
  return {
    get root() {
      return root
    },
    async read(files, options = {}) {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(root, name)), { recursive: true })
        await writeFile(join(root, name), text)
      }
      const project = await readDjangoProject(root, 'sibtc', { settings: null, answers: {}, ...options })
      // S13 what crosses the bridge has its shape, and S16 no secret is in it, nor a key.
      expect(djangoProjectSchema.parse(project)).toEqual(project)
      expect(JSON.stringify(project)).not.toMatch(/CANARY|qR\+vj/)
      return project
    },
  }
}
