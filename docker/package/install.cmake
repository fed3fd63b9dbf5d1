# What `cmake --install` puts where, and the Debian package made of it: `cpack -G DEB --config build/release/CPackConfig.cmake`.
# Build the target `lectr` before; packing builds nothing.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
set(here ${PROJECT_SOURCE_DIR}/docker/package)
set(doc share/doc/lectr)
install(TARGETS lectr RUNTIME DESTINATION bin)
install(FILES ${here}/copyright DESTINATION ${doc})
install(FILES README.md SECURITY.md DESTINATION ${doc})
install(DIRECTORY docs/ DESTINATION ${doc}/docs FILES_MATCHING PATTERN "*.md" PATTERN "*.png" PATTERN "licences" EXCLUDE)
install(DIRECTORY docs/licences/ DESTINATION ${doc}/licences)
install(FILES ${here}/lectr.service DESTINATION lib/systemd/system)

# The package's settings are the example's, but for the state directory: the service isn't root, and the same file serves commands beside it.
file(READ config/lectr.yaml settings)
string(REPLACE "\n# state_dir: /var/lib/lectr\n" "\nstate_dir: /var/lib/lectr\n" packaged "${settings}")
if(packaged STREQUAL settings)
  message(FATAL_ERROR "config/lectr.yaml has no line '# state_dir: /var/lib/lectr' any more: docker/package/install.cmake sets it")
endif()
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/packaging/lectr.yaml CONTENT "${packaged}" @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/packaging/lectr.yaml DESTINATION /etc/lectr)
install(FILES ${here}/lectr.default DESTINATION /etc/default RENAME lectr PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ)

# Whoever hands the package on says here who answers for it.
set(LECTR_MAINTAINER "The Lectr authors <lectr@localhost>" CACHE STRING "Maintainer of the Debian package, NAME <ADDRESS>")
set(ENV{LC_ALL} C.UTF-8)
string(TIMESTAMP today "%a, %d %b %Y %H:%M:%S +0000" UTC) # or SOURCE_DATE_EPOCH, for the same bytes again
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/packaging/changelog.Debian @ONLY CONTENT
"lectr (@PROJECT_VERSION@-1) bookworm; urgency=medium

  * What changed is in changelog.gz.

 -- @LECTR_MAINTAINER@  @today@
")
install(FILES ${PROJECT_BINARY_DIR}/packaging/changelog.Debian DESTINATION ${doc})
install(FILES ${here}/lintian-overrides DESTINATION share/lintian/overrides RENAME lectr)

# The binary writes its own pages.
install(CODE [[
  set(lectr "$<TARGET_FILE:lectr>")
  set(share "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/share")
  foreach(page "man;man/man1/lectr.1" "completion;bash;bash-completion/completions/lectr" "completion;zsh;zsh/vendor-completions/_lectr"
          "completion;fish;fish/vendor_completions.d/lectr.fish")
    list(POP_BACK page file)
    get_filename_component(folder "${share}/${file}" DIRECTORY)
    file(MAKE_DIRECTORY "${folder}")
    execute_process(COMMAND "${lectr}" ${page} OUTPUT_FILE "${share}/${file}" COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
]])
install(CODE "
  set(doc \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${doc}\")
  file(COPY \"${PROJECT_SOURCE_DIR}/CHANGELOG.md\" DESTINATION \"\${doc}\")
  file(RENAME \"\${doc}/CHANGELOG.md\" \"\${doc}/changelog\")
  execute_process(COMMAND gzip -9nf \"\${doc}/changelog\" \"\${doc}/changelog.Debian\" \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/share/man/man1/lectr.1\" COMMAND_ERROR_IS_FATAL ANY)
")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME lectr)
set(CPACK_PACKAGE_VENDOR Lectr)
set(CPACK_PACKAGE_CONTACT "${LECTR_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "self-hosted AI gateway: one row of metadata for each request")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Lectr stands between applications and their AI providers. It passes every
byte unchanged, keeps cost, latency, tokens and errors of each request, shows
them on a dashboard, and routes, limits and budgets requests by rules.
No prompt, answer or provider key is ever written anywhere.")
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, ca-certificates, tzdata")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "postgresql, redis-server")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${here}/conffiles ${here}/postinst ${here}/prerm ${here}/postrm)
set(CPACK_STRIP_FILES ON)
# Absolute paths (/etc) go into the package, never onto the machine that packs.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
include(CPack)
