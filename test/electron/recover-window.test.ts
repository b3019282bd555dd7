import { EventEmitter } from 'node:events'
import type { BrowserWindow } from 'electron'
import { expect, test } from 'vitest'
import { recoverWindow } from '../../src-main/electron/recover-window.ts'
import { createLogDouble } from '../log-double.ts'

function setUp(answer: () => Promise<boolean> = () => Promise.resolve(true)) {
  const done: string[] = []
  let time = 0
  const webContents = Object.assign(new EventEmitter(), {
    reload: () => done.push('reload'),
    forcefullyCrashRenderer: () => done.push('crash'),
  })
  const window = Object.assign(new EventEmitter(), { webContents, isDestroyed: () => false })
  const log = createLogDouble()
  recoverWindow(window as unknown as BrowserWindow, {
    log,
    askToReload: () => {
      done.push('ask')
      return answer()
    },
    giveUp: () => done.push('give up'),
    now: () => time,
  })
  const gone = (reason: string) => webContents.emit('render-process-gone', {}, { reason })
  return { done, window, gone, wait: (milliseconds: number) => (time += milliseconds) }
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 0))

test.each(['crashed', 'oom', 'killed', 'launch-failed', 'integrity-failure'])(
  'F44 a page whose process ended (%s) is loaded again',
  (reason) => {
    const { done, gone } = setUp()
    gone(reason)
    expect(done).toEqual(['reload'])
  },
)

test('F44 a page that ended as it should is left alone', () => {
  const { done, gone } = setUp()
  gone('clean-exit')
  expect(done).toEqual([])
})

test('F44 a page that ends again and again is given up, and tried again a minute later', () => {
  const { done, gone, wait } = setUp()
  for (let time = 0; time < 4; time += 1) gone('crashed')
  expect(done).toEqual(['reload', 'reload', 'reload', 'give up'])
  wait(61_000)
  gone('crashed')
  expect(done.at(-1)).toBe('reload')
})

test('F44 a page that hangs is ended when the person wants it, asked once at a time', async () => {
  const { done, window } = setUp()
  window.emit('unresponsive')
  window.emit('unresponsive')
  await settled()
  expect(done).toEqual(['ask', 'crash'])
})

test('F44 a person who waits is left waiting, and asked again the next time', async () => {
  const { done, window } = setUp(() => Promise.resolve(false))
  window.emit('unresponsive')
  await settled()
  window.emit('unresponsive')
  await settled()
  expect(done).toEqual(['ask', 'ask'])
})
