import { fastRanges } from './fast-ranges.ts';
import { anneals, wholeChains } from './anneals.ts';
import { oxides, diffusivities } from './oxides-and-diffusivities.ts';
import { energyBalance } from './energy-balance.ts';
import type { CheckedRow } from './check.ts';
const worst=(rows: CheckedRow[])=>{const m=new Map<string,[number,string,number,number]>(); for(const r of rows) for(const c of r.checks){const u=Math.abs(c.deviation)/c.tolerance; if(!(u<=(m.get(c.quantity)?.[0]??-1))) m.set(c.quantity,[u,r.label,c.deviation,c.tolerance]);} console.log(m);};
worst(fastRanges()); worst(anneals()); worst(wholeChains()); worst(oxides()); worst(diffusivities());
for (const r of wholeChains()) console.log(r.label, r.checks.map(c=>c.deviation.toFixed(1)).join(' '));
const b=energyBalance(); console.log(Math.max(...b.map(p=>p.waferResidual)),Math.max(...b.map(p=>p.wallResidual)), b.filter((_,i)=>i%50===0).map(p=>[p.timeS.toFixed(1),p.celsius.toFixed(1),p.lampPct.toFixed(1),p.waferResidual,p.wallResidual].join(' ')));
