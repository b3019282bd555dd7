import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Ended, runProgram } from '../cli/pail-process.ts'
import type { Django } from './django-project.ts'

/**
 * Imports what every project imports, and from then on becomes each program that it is told of: in a process of its own
 * with the environment and folder of that one, as Python would have started it. No settings have been read before.
 */
const parent = `
import json, os, runpy, select, signal, sys

import boto3, django, storages.backends.s3boto3
import django.contrib.staticfiles.storage, django.core.management, django.template.loader, django.urls
import django.contrib.staticfiles.management.commands.collectstatic
from django.conf import settings
assert not settings.configured

told = os.fdopen(os.dup(0))
answers = os.fdopen(os.dup(1), 'w')
answers.write('ready\\n')
answers.flush()
for line in iter(told.readline, ''):
    job = json.loads(line)
    pid = os.fork()
    if pid == 0:
        break
    # Who has asked may be gone meanwhile: nobody else ends what it has asked for.
    gone = select.poll()
    gone.register(told.fileno(), 0)
    if hasattr(os, 'pidfd_open'):
        ended = os.pidfd_open(pid)
        gone.register(ended, select.POLLIN)
    while True:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            break
        if any(file == told.fileno() for file, _ in gone.poll(1000 if hasattr(os, 'pidfd_open') else 20)):
            os.kill(pid, signal.SIGKILL)
    if hasattr(os, 'pidfd_open'):
        os.close(ended)
    answers.write(f'{os.waitstatus_to_exitcode(status)}\\n')
    answers.flush()
else:
    os._exit(0)

told.close()
answers.close()
for number, name in ((0, os.devnull), (1, job['out']), (2, job['err'])):
    file = os.open(name, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT)
    os.dup2(file, number)
    os.close(file)
os.chdir(job['directory'])
os.environ.clear()
os.environ.update(job['environment'])
args = job['args']
if args[0] == '-m':
    sys.argv, sys.path[0] = args[1:], os.getcwd()
    runpy.run_module(args[1], run_name='__main__', alter_sys=True)
elif args[0] == '-c':
    sys.argv, sys.path[0] = ['-c', *args[2:]], ''
    exec(compile(args[1], '<string>', 'exec'), {'__name__': '__main__'})
else:
    sys.argv, sys.path[0] = args, os.path.dirname(os.path.abspath(args[0]))
    runpy.run_path(args[0], run_name='__main__')
`

interface Parent {
  run(job: object): Promise<number>
}

/** Of each Django, the process that has imported it: to import it takes longer than most of what is run. */
const parents = new Map<Django, Parent>()

function startParent({ program, environment }: Django): Parent {
  const { PATH = '', HOME = '' } = process.env
  const child: ChildProcess = spawn(program, ['-c', parent], {
    env: { PATH, HOME, PYTHONUTF8: '1', PYTHONDONTWRITEBYTECODE: '1', ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let complaints = ''
  child.stderr!.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
  const waiting: { done(code: number): void; failed(error: Error): void }[] = []
  const ready = new Promise<void>((done, failed) => waiting.push({ done: () => done(), failed }))
  createInterface(child.stdout!).on('line', (line) => waiting.shift()?.done(Number(line)))
  const end = (error: Error) => waiting.splice(0).forEach(({ failed }) => failed(error))
  child.on('error', end)
  child.on('close', (code) => end(new Error(`The Python of all projects ended with ${code}: ${complaints}`)))
  // It ends when this process does, by the end of what it reads.
  child.unref()
  const streams = [child.stdin, child.stdout, child.stderr] as unknown as (NodeJS.ReadStream | null)[]
  const hold = (held: boolean) => streams.forEach((stream) => (held ? stream?.ref() : stream?.unref()))
  hold(false)
  return {
    async run(job) {
      hold(true)
      try {
        await ready
        return await new Promise((done, failed) => {
          waiting.push({ done, failed })
          child.stdin!.write(`${JSON.stringify(job)}\n`)
        })
      } finally {
        hold(waiting.length > 0)
      }
    },
  }
}

/** Runs a Python program of a project by its Django. */
export async function runDjango(
  django: Django,
  args: readonly string[],
  more: { readonly directory: string; readonly environment: Readonly<Record<string, string>> },
): Promise<Ended> {
  const environment: Record<string, string> = {
    HOME: more.directory,
    // Names of files are UTF-8 wherever this runs.
    PYTHONUTF8: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    AWS_EC2_METADATA_DISABLED: 'true',
    ...django.environment,
    ...more.environment,
  }
  // Without fork, each begins from nothing.
  if (process.platform === 'win32')
    return runProgram(django.program, args, { directory: more.directory, environment })
  let python = parents.get(django)
  if (python === undefined) parents.set(django, (python = startParent(django)))
  const folder = await mkdtemp(join(tmpdir(), 'pail-python-'))
  const [out, err] = [join(folder, 'out'), join(folder, 'err')]
  try {
    const { PATH = '' } = process.env
    const job = { args, directory: more.directory, environment: { PATH, ...environment }, out, err }
    const code = await python.run(job)
    const bytes = await readFile(out)
    return { code, bytes, out: bytes.toString('utf8'), err: await readFile(err, 'utf8') }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
