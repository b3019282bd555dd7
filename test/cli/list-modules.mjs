// Writes the address of each module that is loaded, a line each, into the file of PAIL_TEST_MODULES; at the end those of Node.
import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

registerHooks({
  load(url, context, next) {
    appendFileSync(process.env['PAIL_TEST_MODULES'] ?? '', `${url}\n`)
    return next(url, context)
  },
})

process.on('exit', () => {
  const loaded = process.moduleLoadList.filter((name) => name.startsWith('NativeModule '))
  appendFileSync(
    process.env['PAIL_TEST_MODULES'] ?? '',
    loaded.map((name) => `loaded:${name.slice('NativeModule '.length)}\n`).join(''),
  )
})
