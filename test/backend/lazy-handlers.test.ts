import { describe, expect, test } from 'vitest'
import { lazyHandlers } from '../../src-main/backend/lazy-handlers.ts'

/** Handlers that are loaded when `arrive` is called, and what was heard of them. */
function later() {
  const heard: string[] = []
  const waiting: { resolve: () => void; reject: (error: Error) => void }[] = []
  const lazy = lazyHandlers(['copyText'], async () => {
    await new Promise<void>((resolve, reject) => waiting.push({ resolve, reject }))
    return {
      async copyText({ text }: { text: string }) {
        heard.push(text)
        return {}
      },
      async close() {
        heard.push('closed')
      },
    }
  })
  return { lazy, heard, waiting }
}

describe('handlers that are loaded late', () => {
  test('are loaded once, by the first call, and called in the order of the calls', async () => {
    const { lazy, heard, waiting } = later()
    await lazy.tell((there) => there.close())
    expect(waiting).toHaveLength(0)
    const calls = ['one', 'two', 'three'].map((text) => lazy.handlers.copyText({ text }))
    expect(waiting).toHaveLength(1)
    waiting[0]?.resolve()
    await Promise.all(calls)
    await lazy.handlers.copyText({ text: 'four' })
    expect(heard).toEqual(['one', 'two', 'three', 'four'])
    expect(waiting).toHaveLength(1)
  })

  test('are loaded again after a failure, of which the caller hears', async () => {
    const { lazy, heard, waiting } = later()
    const call = lazy.handlers.copyText({ text: 'lost' })
    waiting[0]?.reject(new Error('no such file'))
    await expect(call).rejects.toThrow('no such file')
    const again = lazy.handlers.copyText({ text: 'there' })
    waiting[1]?.resolve()
    await again
    expect(heard).toEqual(['there'])
  })

  test('are closed when they are on their way, and not loaded any more afterwards', async () => {
    const { lazy, heard, waiting } = later()
    const call = lazy.handlers.copyText({ text: 'last' })
    const closing = lazy.close((there) => there.close())
    waiting[0]?.resolve()
    await Promise.all([call, closing])
    expect(heard).toEqual(['last', 'closed'])

    const never = later()
    await never.lazy.close((there) => there.close())
    await expect(never.lazy.handlers.copyText({ text: 'late' })).rejects.toMatchObject({
      error: { code: 'cancelled' },
    })
    expect(never.waiting).toHaveLength(0)
    expect(never.heard).toEqual([])
  })
})
