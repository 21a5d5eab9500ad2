export { ionProcess } from './ion-process.ts';
