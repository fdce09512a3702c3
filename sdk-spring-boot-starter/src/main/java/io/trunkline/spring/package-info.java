/** Trunkline in a Spring Boot application: properties, beans, life cycle. */
package io.trunkline.spring;
