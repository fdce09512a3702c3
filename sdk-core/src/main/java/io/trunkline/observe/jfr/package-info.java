/**
 * The steps of a manager as events of the JDK's flight recorder. The only package that needs the
 * module jdk.jfr.
 */
package io.trunkline.observe.jfr;
