/** Endpoints whose addresses a Spring Cloud discovery client knows. */
package io.trunkline.spring.discovery;
