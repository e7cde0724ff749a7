import { createRequire } from 'node:module'
import { join } from 'node:path'
import { projectRoot } from '../../adapters/cli/project-root.ts'
import { installPackages } from '../install-packages.ts'
import type { Chart } from './charts.ts'
import { FONTS } from './html.ts'

/** The members that are used; ECharts is no dependency of the project and has no types here. */
interface ECharts {
  init(
    element: null,
    theme: null,
    options: { renderer: 'svg'; ssr: true; width: number; height: number },
  ): { setOption(option: object): void; renderToSVGString(): string; dispose(): void }
}

const FOLDER = join(projectRoot(), 'bench', 'page')
const WIDTH = 860

/** Draws charts as SVG without a browser. */
export async function openDrawing(say: (text: string) => void): Promise<(chart: Chart) => string> {
  await installPackages(FOLDER, say)
  const echarts = createRequire(join(FOLDER, 'package.json'))('echarts') as ECharts
  return ({ height, option }) => {
    const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height })
    chart.setOption({ animation: false, textStyle: { fontFamily: FONTS }, ...option })
    const svg = chart.renderToSVGString()
    chart.dispose()
    return svg
  }
}
