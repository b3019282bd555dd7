import AxeBuilder from '@axe-core/playwright'
import { expect } from 'playwright/test'
import type { Host } from './host.ts'

/** Nothing serious for axe, in light and dark; axe as the page's own script: the content security policy admits no other. */
export async function expectAccessible(host: Host, screen: string): Promise<void> {
  const { page } = host
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme })
    const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze()
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    expect(
      serious.map(
        ({ id, nodes }) =>
          `${id}: ${nodes
            .map((node) => node.html)
            .join(' | ')
            .slice(0, 400)}`,
      ),
      `${screen}, ${scheme}`,
    ).toEqual([])
  }
  await page.emulateMedia({ colorScheme: 'light' })
}
