import { describe, expect, it } from 'vitest'
import { defaultVisibility } from '../../../src-renderer/stores/upload-rules.ts'
import { announcedForMs, createUploadStore } from '../../../src-renderer/stores/upload-store.ts'
import { namedForPaste } from '../../../src-renderer/stores/pasted-file.ts'
import { appError, emptyMemory, memoryApi } from '../memory-api.ts'
import { mediaDestination } from '../sample-destination.ts'

const destination = mediaDestination({
  prefix: 'media/',
  baseUrl: 'https://cdn.example.org',
  linkExpirySeconds: 600,
})
const folder = { profileId: 'p', bucket: 'b', prefix: 'x/', destination: null }
const media = { profileId: 'p', bucket: 'b', prefix: 'media/', destination }
const file = (name: string) => new File(['hello'], name)

function uploads(wait: (ms: number) => Promise<void> = async () => undefined) {
  const memory = emptyMemory()
  const store = createUploadStore(memoryApi(memory), wait)
  const started = () => memory.calls.filter((call) => call.method === 'startUpload').map((call) => call.input)
  return { memory, store, started }
}

/** A store whose moments pass only when they are told to. */
function announcing() {
  const moments: { ms: number; pass: () => void }[] = []
  const made = uploads((ms) => new Promise<void>((pass) => moments.push({ ms, pass })))
  const announced = () =>
    expect.poll(() => made.store.getState().pending?.step, { interval: 1 }).toBe('announced')
  return { ...made, moments, announced }
}

it('what goes to a destination is sent with its header rules, and anything else with none', async () => {
  const { store, started } = uploads()
  const rules = [{ glob: '*', contentDisposition: 'attachment' }]
  const ruled = { ...media, destination: { ...destination, rules } }
  await store.getState().drop([file('a.jpg')], ruled, 'public', 3600)
  await store.getState().drop([file('a.jpg')], media, 'public', 3600)
  expect(started()).toMatchObject([{ rules }, {}])
  expect(started()[1]).not.toHaveProperty('rules')
})

describe('what was let go', () => {
  it('is announced with its bytes and its keys before anything is sent', async () => {
    const { store, started, moments, announced } = announcing()
    const dropped = store.getState().drop([file('a.jpg'), file('b.jpg')], media, 'public', 3600)
    expect(store.getState().reading).toEqual({
      target: media,
      visibility: 'public',
      items: 2,
      fetchedFrom: null,
    })
    await announced()
    expect(store.getState()).toMatchObject({
      reading: null,
      pending: { unasked: true, visibility: 'public', plan: { files: 2, sizeBytes: 10 } },
    })
    expect(store.getState().pending?.plan?.rows.map(({ key }) => key)).toEqual(['media/a.jpg', 'media/b.jpg'])
    expect(moments.map(({ ms }) => ms)).toEqual([announcedForMs.asNamed])
    expect(started()).toEqual([])
    moments[0]?.pass()
    await dropped
    expect(started()).toHaveLength(1)
  })

  it('is announced for longer when it gets other names', async () => {
    const { store, moments, announced } = announcing()
    const target = { ...media, destination: { ...destination, cleanNames: true } }
    void store.getState().drop([file('team photo.jpg')], target, 'public', 3600)
    await announced()
    expect(store.getState().pending?.plan?.rows[0]?.key).toBe('media/team_photo.jpg')
    expect(moments.map(({ ms }) => ms)).toEqual([announcedForMs.renamed])
  })

  it('is never sent once it was cancelled, while it was counted or announced', async () => {
    const { store, started, moments, announced } = announcing()
    const counted = store.getState().drop([file('a.jpg')], media, 'public', 3600)
    store.getState().cancel()
    await counted
    expect(store.getState()).toMatchObject({ reading: null, pending: null })
    const dropped = store.getState().drop([file('a.jpg')], media, 'public', 3600)
    await announced()
    store.getState().cancel()
    moments[0]?.pass()
    await dropped
    expect(started()).toEqual([])
  })

  it('is sent once when it was started by hand, and by the next drop', async () => {
    const { store, started, moments, announced } = announcing()
    const first = store.getState().drop([file('a.jpg')], media, 'public', 3600)
    await announced()
    await store.getState().confirm(3600)
    moments[0]?.pass()
    await first
    expect(started()).toHaveLength(1)
    const second = store.getState().drop([file('b.jpg')], media, 'public', 3600)
    await announced()
    const third = store.getState().drop([file('c.jpg')], media, 'private', 3600)
    await expect.poll(() => started().length).toBe(2)
    await announced()
    moments.forEach(({ pass }) => pass())
    await Promise.all([second, third])
    expect(started()).toMatchObject([{}, { visibility: 'public' }, { visibility: 'private' }])
    expect(store.getState().pending).toBeNull()
  })

  it('is refused aloud while another upload is being asked about', async () => {
    const { store } = uploads()
    await store.getState().drop([file('a.jpg')], folder, 'private', 3600)
    expect(await store.getState().drop([file('b.jpg')], folder, 'private', 3600)).toMatchObject({
      code: 'not-allowed',
    })
    expect(store.getState().pending?.selection.names).toEqual(['a.jpg'])
  })
})

describe('a drop', () => {
  it('on a media destination starts by itself, by its rules', async () => {
    const { store, started } = uploads()
    await store.getState().drop([file('a.jpg')], media, defaultVisibility(media), 3600)
    expect(store.getState().pending).toBeNull()
    expect(started()).toMatchObject([
      {
        prefix: 'media/',
        visibility: 'public',
        onConflict: 'keep-both',
        baseUrl: 'https://cdn.example.org',
        linkExpirySeconds: 600,
      },
    ])
  })

  it('with Alt is private on a public destination', async () => {
    const { store, started } = uploads()
    await store.getState().drop([file('a.jpg')], media, 'private', 3600)
    expect(started()).toMatchObject([{ visibility: 'private' }])
  })

  it('S44 on a plain folder is private and asks first', async () => {
    const { store, started } = uploads()
    await store.getState().drop([file('a.jpg')], folder, defaultVisibility(folder), 3600)
    expect(store.getState().pending).toMatchObject({ step: 'sheet', visibility: 'private', unasked: false })
    expect(started()).toEqual([])
    await store.getState().confirm(3600)
    expect(started()).toMatchObject([{ visibility: 'private', onConflict: 'keep-both' }])
  })

  it('with trouble is shown before anything is sent, and the names are put right in one go', async () => {
    const { store, started } = uploads()
    const sources = [file('a #1.jpg'), new File([], 'empty.txt')]
    await store.getState().drop(sources, media, 'public', 3600)
    expect(started()).toEqual([])
    expect(store.getState().pending).toMatchObject({
      step: 'sheet',
      unasked: false,
      plan: { counts: { address: 1, empty: 1 }, fixable: true },
    })
    await store.getState().tidyNames()
    expect(store.getState().pending?.plan?.rows.map(({ key }) => key)).toContain('media/a_1.jpg')
    await store.getState().setLeaveOutEmpty(true)
    expect(store.getState().pending?.plan).toMatchObject({ files: 1, counts: {} })
    await store.getState().confirm(3600)
    expect(started()).toMatchObject([{ naming: { template: null, clean: 'tidy' }, leaveOutEmpty: true }])
  })

  it('follows the destination’s rules for names, bytes and links', async () => {
    const { store, started } = uploads()
    const rules = {
      keyTemplate: '{hash8}.{ext}',
      cleanNames: true,
      reuseIdentical: true,
      linkFormat: 'html',
    } as const
    const target = { ...media, destination: { ...destination, ...rules } }
    await store.getState().drop([file('a.jpg')], target, 'public', 3600)
    expect(started()).toMatchObject([
      { naming: { template: '{hash8}.{ext}', clean: 'django' }, reuseIdentical: true, linkFormat: 'html' },
    ])
  })

  it('has metadata of pictures removed where the destination says so, and sends what keeps them only when asked', async () => {
    const target = { ...media, destination: { ...destination, stripMetadata: true } }
    const { store, started, memory } = uploads()
    const asking = { ...target, destination: { ...target.destination, onConflict: 'ask' as const } }
    await store.getState().drop([file('z.jpg')], asking, 'public', 3600)
    const looked = memory.calls.find(({ method }) => method === 'findConflicts')
    expect(looked?.input).toMatchObject({ stripMetadata: true })
    memory.calls.length = 0
    await store.getState().drop([file('a.jpg')], target, 'public', 3600)
    await store.getState().drop([file('own.jpg')], target, 'private', 3600)
    expect(started()).toMatchObject([{ stripMetadata: 'always' }, { visibility: 'private' }])
    expect(started()[1]).not.toHaveProperty('stripMetadata')
    await store.getState().drop([file('b.jpg'), file('c.heic')], target, 'public', 3600)
    expect(started()).toHaveLength(2)
    expect(store.getState().pending?.plan).toMatchObject({ stripped: 1, counts: { 'metadata-stays': 1 } })
    // Nobody but its owner will see it: nothing is to be removed, nor to be asked.
    await store.getState().setVisibility('private')
    expect(store.getState().pending?.plan?.counts).toEqual({})
    expect(memory.calls.filter(({ method }) => method === 'planUpload').at(-1)?.input).not.toHaveProperty(
      'stripMetadata',
    )
    await store.getState().setVisibility('public')
    await store.getState().confirm(3600)
    expect(started()[2]).toMatchObject({ visibility: 'public', stripMetadata: 'where-possible' })
  })

  it('that cannot be planned says why, and can still be sent', async () => {
    const { memory, store, started } = uploads()
    memory.failures.set('planUpload', appError('invalid-argument'))
    await store.getState().drop([file('a.jpg')], media, 'public', 3600)
    expect(store.getState().pending).toMatchObject({ unasked: false, error: { code: 'invalid-argument' } })
    expect(started()).toEqual([])
  })

  it('S44 as private where everybody could read it is shown first, with its ways out, and nothing is lost', async () => {
    const { memory, store, started } = uploads()
    memory.openPrefixes = ['media/']
    const contracts = mediaDestination({
      id: 'c',
      name: 'Contracts',
      prefix: 'contracts/',
      visibility: 'private',
    })
    await store.getState().drop([file('a.jpg')], media, 'private', 3600)
    expect(store.getState().pending).toMatchObject({
      unasked: false,
      step: 'sheet',
      plan: { opened: { files: 1, key: 'media/a.jpg' } },
    })
    expect(started()).toEqual([])
    // As public, and back: it is looked again before anything is promised.
    await store.getState().setVisibility('public')
    expect(store.getState().pending?.visibility).toBe('public')
    await store.getState().setVisibility('private')
    expect(store.getState().pending?.plan?.opened?.files).toBe(1)
    // The same files to another place, by its rules.
    await store.getState().moveTo({ ...media, prefix: contracts.prefix, destination: contracts })
    expect(store.getState().pending).toMatchObject({
      visibility: 'private',
      plan: { opened: null, rows: [{ key: 'contracts/a.jpg' }] },
    })
    await store.getState().confirm(3600)
    expect(started()).toMatchObject([{ prefix: 'contracts/', visibility: 'private' }])
  })

  it('S44 that is refused when it starts by itself is asked about, and can be sent as public', async () => {
    const { memory, store, started } = uploads()
    memory.failures.set('startUpload', appError('safety-refused'))
    await store.getState().drop([file('a.jpg')], media, 'private', 3600)
    expect(store.getState().pending).toMatchObject({ unasked: false, error: { code: 'safety-refused' } })
    await store.getState().setVisibility('public')
    expect(store.getState().pending).toMatchObject({ unasked: false, error: null, visibility: 'public' })
    await store.getState().confirm(3600)
    expect(store.getState().pending).toBeNull()
    expect(started().at(-1)).toMatchObject({ visibility: 'public' })
  })

  it('of many files asks first, even on a destination', async () => {
    const { store, started } = uploads()
    const many = Array.from({ length: 101 }, (_, index) => file(`${index}.jpg`))
    await store.getState().drop(many, media, 'public', 3600)
    expect(store.getState().pending?.step).toBe('sheet')
    expect(started()).toEqual([])
  })
})

describe('a picture that came as its address', () => {
  const address = 'https://example.org/img/team.png'

  it('is fetched and shown with where it came from before it is sent, for whom the overlay said', async () => {
    const { memory, store, started } = uploads()
    const fetching = store.getState().fetch(address, media, 'private', 3600)
    expect(store.getState().reading).toMatchObject({ visibility: 'private', fetchedFrom: 'example.org' })
    expect(await fetching).toBeNull()
    expect(memory.calls.find(({ method }) => method === 'fetchPicture')?.input).toEqual({ address })
    expect(store.getState()).toMatchObject({
      reading: null,
      pending: { step: 'sheet', unasked: false, from: address, plan: { files: 1 } },
    })
    expect(started()).toEqual([])
    await store.getState().confirm(3600)
    expect(started()).toMatchObject([{ visibility: 'private', prefix: 'media/' }])
  })

  it('that was not fetched is told, and what was cancelled does not come back', async () => {
    const { memory, store } = uploads()
    memory.failures.set('fetchPicture', appError('picture-not-fetched'))
    expect(await store.getState().fetch(address, media, 'public', 3600)).toMatchObject({
      code: 'picture-not-fetched',
    })
    const fetching = store.getState().fetch(address, media, 'public', 3600)
    store.getState().cancel()
    expect(await fetching).toBeNull()
    expect(store.getState()).toMatchObject({ reading: null, pending: null })
  })
})

describe('a paste', () => {
  const at = new Date(2026, 10, 25, 18, 30, 12)

  it('is shown before it is sent, and a picture without a name gets one', async () => {
    const { store, started } = uploads()
    const picture = new File(['png'], 'image.png', { type: 'image/png' })
    await store.getState().paste([picture], media, at)
    expect(store.getState().pending?.selection.names).toEqual(['pasted-2026-11-25-183012.png'])
    expect(started()).toEqual([])
    await store.getState().confirm(3600)
    expect(started()).toMatchObject([{ visibility: 'public' }])
  })

  it('of what has no file crosses by its bytes', async () => {
    const { memory, store } = uploads()
    memory.failures.set('registerDrop', appError('local-file'))
    await store.getState().paste([new File(['png'], 'image.png', { type: 'image/png' })], media, at)
    expect(memory.calls.find((call) => call.method === 'registerPaste')?.input).toEqual({
      names: ['pasted-2026-11-25-183012.png'],
    })
    expect(store.getState().pending?.selection.sizeBytes).toBe(3)
  })

  it('of a file with a name of its own keeps it', () => {
    const photo = new File([''], 'team.jpg', { type: 'image/jpeg' })
    expect(namedForPaste(photo, at)).toBe(photo)
  })
})

describe('a replacement', () => {
  it('goes under the key of the object, and over it, once that is confirmed', async () => {
    const { store, started } = uploads()
    await store.getState().replace('media/team.jpg', media, 'private')
    expect(store.getState().pending).toMatchObject({ replaceKey: 'media/team.jpg', step: 'sheet' })
    expect(started()).toEqual([])
    await store.getState().confirm(3600)
    expect(started()).toMatchObject([
      { replaceKey: 'media/team.jpg', onConflict: 'overwrite', visibility: 'private' },
    ])
  })

  it('that would keep its metadata in public is shown before it is sent, and sent only when that was seen', async () => {
    const memory = emptyMemory()
    const api = memoryApi(memory)
    const chosen = await api.registerDrop({ sources: [file('new.heic')] })
    const store = createUploadStore({ ...api, chooseFiles: async () => chosen })
    const target = { ...media, destination: { ...destination, stripMetadata: true } }
    await store.getState().replace('media/a #1.jpg', target, 'public')
    const planned = memory.calls.filter(({ method }) => method === 'planUpload').map(({ input }) => input)
    expect(planned).toMatchObject([{ replaceKey: 'media/a #1.jpg', stripMetadata: true }])
    expect(store.getState().pending?.plan?.counts).toMatchObject({ 'metadata-stays': 1 })
    await store.getState().setVisibility('private')
    expect(store.getState().pending?.plan?.counts).not.toHaveProperty('metadata-stays')
    await store.getState().setVisibility('public')
    await store.getState().confirm(3600)
    const started = memory.calls.find(({ method }) => method === 'startUpload')
    expect(started?.input).toMatchObject({ replaceKey: 'media/a #1.jpg', stripMetadata: 'where-possible' })
  })
})

describe('names that exist', () => {
  it('are never overwritten unasked', async () => {
    const { memory, store, started } = uploads()
    memory.objects.set('b', [{ key: 'x/a.jpg', sizeBytes: 1, lastModified: '', visibility: 'private' }])
    await store.getState().drop([file('a.jpg')], folder, 'private', 3600)
    await store.getState().confirm(3600)
    expect(store.getState().pending).toMatchObject({
      step: 'conflicts',
      conflicts: { keys: ['x/a.jpg'], total: 1 },
    })
    expect(started()).toEqual([])
    await store.getState().resolve('skip', 3600)
    expect(started()).toMatchObject([{ onConflict: 'skip' }])
  })
})

describe('a failure', () => {
  it('stays with the question, which can be answered again', async () => {
    const { memory, store, started } = uploads()
    await store.getState().drop([file('a.jpg')], folder, 'private', 3600)
    memory.failures.set('startUpload', appError('acls-disabled'))
    await store.getState().confirm(3600)
    expect(store.getState().pending).toMatchObject({ step: 'sheet', error: { code: 'acls-disabled' } })
    await store.getState().confirm(3600)
    expect(store.getState().pending).toBeNull()
    expect(started()).toHaveLength(2)
  })
})
