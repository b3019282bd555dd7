import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { expect, type Page } from 'playwright/test'
import type { Host } from './host.ts'
import { onePicture } from './window-steps.ts'

/** What of axe's answer is of interest, in the window. */
interface Violation {
  readonly id: string
  readonly impact: string | null
  readonly nodes: readonly { readonly html: string; readonly messages: readonly string[] }[]
}
interface Axe {
  run(
    context: { readonly exclude: readonly string[] },
    options: { readonly resultTypes: readonly string[] },
  ): Promise<{
    readonly violations: readonly (Omit<Violation, 'nodes'> & {
      readonly nodes: readonly { readonly html: string; readonly any: readonly { message: string }[] }[]
    })[]
  }>
}

/** The axe that Playwright's own builder brings along. */
const axeFile = createRequire(import.meta.resolve('@axe-core/playwright')).resolve('axe-core/axe.min.js')

/**
 * Asks axe as the page's own script: the content security policy admits no other, and the window has no frames. A document
 * gets it once, and only what is wrong leaves it: that is nine tenths of what the builder's way takes.
 */
async function violationsIn(page: Page, exclude: readonly string[]): Promise<readonly Violation[]> {
  expect(page.frames()).toHaveLength(1)
  const hasAxe = await page.evaluate(() => 'axe' in globalThis)
  if (!hasAxe) await page.evaluate(await readFile(axeFile, 'utf8'))
  return page.evaluate(async (without) => {
    const { axe } = globalThis as unknown as { axe: Axe }
    const { violations } = await axe.run({ exclude: without }, { resultTypes: ['violations'] })
    return violations.map(({ id, impact, nodes }) => ({
      id,
      impact,
      nodes: nodes.map(({ html, any }) => ({ html, messages: any.map(({ message }) => message) })),
    }))
  }, exclude)
}

/** Nothing serious for axe, as the screen is. */
async function expectNothingSerious({ page }: Host, screen: string, exclude: string[] = []): Promise<void> {
  // A toast that is fading away has the contrast of neither state: with reduced motion nothing fades.
  await page.emulateMedia({ reducedMotion: 'reduce' })
  const violations = await violationsIn(page, exclude)
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  expect(
    serious.map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .map(({ html, messages }) => `${html} (${messages.join(' ')})`)
          .join(' | ')
          .slice(0, 800)}`,
    ),
    screen,
  ).toEqual([])
}

/** Nothing serious for axe, in light and dark. */
export async function expectAccessible(host: Host, screen: string): Promise<void> {
  for (const scheme of ['light', 'dark'] as const) {
    await host.page.emulateMedia({ colorScheme: scheme })
    await expectNothingSerious(host, `${screen}, ${scheme}`)
  }
  await host.page.emulateMedia({ colorScheme: 'light' })
}

/** A toast that fades away while axe looks has no contrast. */
const toasts = ['.toast-viewport']

/** A picture and axe, wide in light and narrow in dark: half of the work where many screens are looked at. */
export async function lookAt(host: Host, screen: string): Promise<void> {
  await onePicture(host, screen, { width: 900, height: 600, scheme: 'dark' })
  await expectNothingSerious(host, `${screen}, dark`, toasts)
  await onePicture(host, screen, { width: 1280, height: 800, scheme: 'light' })
  await expectNothingSerious(host, `${screen}, light`, toasts)
}
