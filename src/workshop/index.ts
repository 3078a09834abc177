export { runDoctor, type Check, type Finding, type FindingLevel } from './doctor.ts';
export { dataDirectoryCheck, machineCheck, nodeCheck, portsCheck, type PortWish } from './machine-checks.ts';
