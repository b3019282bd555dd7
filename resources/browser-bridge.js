// window.api for a browser: the same calls, over fetch. Served by src-main/browser, which puts the names of methods
// and events in front of it. In Electron the preload does this; here a dropped file has no path, so that its bytes are
// uploaded to the host on the same computer.
;(() => {
  const { methods, events } = globalThis.pailBridgeNames
  delete globalThis.pailBridgeNames

  // The one-time token has done its work: not in the history, not in a bookmark.
  if (location.search !== '') history.replaceState(null, '', location.pathname)

  const failed = (code, message) => ({ ok: false, error: { code, message, retryable: false } })
  const lost = () =>
    failed('unreachable', 'Pail is not running any more. Start it again and open its new address.')

  async function post(path, body, headers = {}) {
    try {
      const response = await fetch(path, { method: 'POST', body, headers })
      if (!response.ok) return failed('bug', `Pail answered ${response.status}.`)
      return await response.json()
    } catch {
      return lost()
    }
  }

  const call = (name, input) =>
    post(`/api/${name}`, JSON.stringify(input), { 'Content-Type': 'application/json' })

  // Events: one stream, opened with the first subscription; the browser reconnects by itself.
  const listeners = new Map(events.map((name) => [name, new Set()]))
  const stream = new EventSource('/events')
  for (const name of events) {
    // The text as it came: the page reads it, as it does in Electron.
    stream.addEventListener(name, (event) => {
      for (const listener of listeners.get(name)) listener(event.data)
    })
  }
  async function writeToClipboard({ id, text }) {
    let written = false
    try {
      await navigator.clipboard.writeText(text)
      written = true
    } catch {
      // Refused by the browser: the host says so where the link was asked for.
    }
    await post('/clipboard-written', JSON.stringify({ id, written }), { 'Content-Type': 'application/json' })
  }
  stream.addEventListener('clipboard', (event) => void writeToClipboard(JSON.parse(event.data)))

  // A dropped folder is only told apart while the drop is being handled, before the page sees its files.
  let droppedFolders = new Map()
  addEventListener(
    'drop',
    (event) => {
      const entries = [...(event.dataTransfer?.items ?? [])].map((item) => item.webkitGetAsEntry?.())
      droppedFolders = new Map(
        entries.filter((entry) => entry?.isDirectory).map((entry) => [entry.name, entry]),
      )
    },
    true,
  )

  async function* walk(folder, path) {
    const reader = folder.createReader()
    let empty = true
    for (;;) {
      // A reader answers a hundred at a time, and nothing at the end.
      const entries = await new Promise((resolve, reject) => reader.readEntries(resolve, reject))
      if (entries.length === 0) break
      empty = false
      for (const entry of entries) {
        const name = `${path}/${entry.name}`
        if (entry.isDirectory) yield* walk(entry, name)
        else yield { name, file: await new Promise((resolve, reject) => entry.file(resolve, reject)) }
      }
    }
    if (empty) yield { name: path, file: null }
  }

  async function* filesOf(sources, folders) {
    const seen = new Map()
    for (const file of sources) {
      const folder = folders.get(file.name)
      const relative = file.webkitRelativePath || ''
      if (relative !== '') {
        yield { group: 0, name: relative, file }
        continue
      }
      // Two files of one name come from two folders: each gets its own place.
      const group = seen.get(file.name) ?? 0
      seen.set(file.name, group + 1)
      if (folder === undefined) yield { group, name: file.name, file }
      else for await (const found of walk(folder, folder.name)) yield { group, ...found }
    }
  }

  async function upload(sources, folders) {
    const batch = crypto.randomUUID()
    const files = filesOf(sources, folders)
    let failure = null
    let count = 0
    async function worker() {
      for (;;) {
        const { value, done } = await files.next()
        if (done || failure !== null) return
        const query = new URLSearchParams({ batch, group: String(value.group), name: value.name })
        if (value.file === null) query.set('kind', 'folder')
        const result = await post(`/upload?${query}`, value.file ?? '', {
          'Content-Type': 'application/octet-stream',
        })
        if (result.ok) count += 1
        else failure ??= result
      }
    }
    try {
      await Promise.all([worker(), worker(), worker(), worker()])
    } catch {
      return failed('local-file', 'The browser could not read what was dropped.')
    }
    if (failure !== null) return failure
    if (count === 0) return failed('local-file', 'There is nothing in what was dropped.')
    return call('registerDrop', { batch })
  }

  function chooseFiles({ kind }) {
    return new Promise((resolve) => {
      const input = document.createElement('input')
      input.type = 'file'
      input.multiple = true
      input.webkitdirectory = kind === 'folder'
      input.addEventListener('cancel', () => resolve({ ok: true, value: null }))
      input.addEventListener('change', () => resolve(upload([...input.files], new Map())))
      input.click()
    })
  }

  const api = {}
  for (const name of methods) api[name] = (input) => call(name, input)
  api.registerDrop = ({ sources }) => upload(sources, droppedFolders)
  api.chooseFiles = chooseFiles
  for (const name of events) {
    api[name] = (listener) => {
      listeners.get(name).add(listener)
      return () => listeners.get(name).delete(listener)
    }
  }
  Object.defineProperty(window, 'api', { value: Object.freeze(api), writable: false, configurable: false })
})()
