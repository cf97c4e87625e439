import './styles';
import { startPage } from './start';

startPage();
