import AxeBuilder from '@axe-core/playwright'
import { expect } from 'playwright/test'
import type { Host } from './host.ts'
import { onePicture } from './window-steps.ts'

/** Nothing serious for axe, as the screen is; axe as the page's own script: the content security policy admits no other. */
async function expectNothingSerious({ page }: Host, screen: string, exclude: string[] = []): Promise<void> {
  // A toast that is fading away has the contrast of neither state: with reduced motion nothing fades.
  await page.emulateMedia({ reducedMotion: 'reduce' })
  const { violations } = await exclude
    .reduce((axe, selector) => axe.exclude(selector), new AxeBuilder({ page }).setLegacyMode(true))
    .analyze()
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  expect(
    serious.map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .map((node) => `${node.html} (${node.any.map(({ message }) => message).join(' ')})`)
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
