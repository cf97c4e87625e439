/** Control flow: programs inside programs. */
import './cond';
import './scan';
import './whileLoop';
