/** What a connection manager tells of its work, and to whom. */
package io.trunkline.observe;
