#include "lectr/config/settings.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "config/fields.hpp"

namespace lectr::config {
namespace {

// A file of its own for each test, gone afterwards.
class SettingsFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "lectr-settings-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    dir_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }

  std::string write(const std::string& name, const std::string& text) const {
    const auto path = dir_ / name;
    std::ofstream{path} << text;
    return path.string();
  }
  std::vector<std::string> problems(const std::string& yaml, const std::map<std::string, std::string>& environment = {}) const {
    const std::string file = write("s.yaml", yaml);
    const auto settings = load_settings(file, environment);
    std::vector<std::string> out;
    if (!settings)
      for (const Problem& p : settings.error()) out.push_back(p.to_text().starts_with(file) ? p.to_text().substr(file.size()) : p.to_text());
    return out;
  }

  std::filesystem::path dir_;
};
using Texts = std::vector<std::string>;

TEST_F(SettingsFile, NoFileAndNoVariablesAreTheDefaults) {
  const auto settings = load_settings({}, {});
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->proxy.address.host, "0.0.0.0");
  EXPECT_EQ(settings->proxy.address.port, 8080);
  EXPECT_EQ(settings->admin.address.port, 8081);
  EXPECT_EQ(settings->bounds.peek_bytes, 1u << 20);
  EXPECT_TRUE(settings->database_url.empty());
  EXPECT_FALSE(settings->state_dir.empty());
}

TEST_F(SettingsFile, EnvironmentGoesOverTheFileAndTheFileOverDefaults) {
  const std::string file = write("s.yaml", "log_level: debug\nio_threads: 3\ndeadlines: {connect: 2s}\nproviders: {groq: {base_url: 'http://a'}}\n");
  const auto settings = load_settings(file, {{"LECTR_IO_THREADS", "5"},
                                             {"LECTR_PROVIDER_GROQ_BASE_URL", "http://b/openai"},
                                             {"LECTR_PROVIDER_MY_OWN_BASE_URL", "http://c"},
                                             {"LECTR_CONFIG", "ignored"},
                                             {"LECTR_REDIS_URL", ""}});
  ASSERT_TRUE(settings) << settings.error()[0].to_text();
  EXPECT_EQ(settings->log_level, "debug");
  EXPECT_EQ(settings->io_threads, 5u);
  EXPECT_EQ(settings->deadlines.connect, std::chrono::seconds{2});
  ASSERT_EQ(settings->providers.size(), 2u);
  EXPECT_EQ(settings->providers[0].base_url, "http://b/openai");
  EXPECT_EQ(settings->providers[1].name, "my_own");
}

TEST_F(SettingsFile, FixedVariablesAllWork) {
  const auto settings = load_settings({}, {{"LECTR_PROXY_LISTEN", "[::1]:0"},
                                           {"LECTR_ADMIN_LISTEN", ":9"},
                                           {"LECTR_STATE_DIR", "/s"},
                                           {"LECTR_DATABASE_URL", "postgres://u:p@h/d"},
                                           {"LECTR_REDIS_URL", "redis://h"},
                                           {"LECTR_IO_THREADS", "2"},
                                           {"LECTR_LOG_LEVEL", "warn"},
                                           {"LECTR_BOOTSTRAP_ORG_KEY", "lc_key_test"},
                                           {"LECTR_BOOTSTRAP_ADMIN_PASSWORD", "p w"},
                                           {"LECTR_BOOTSTRAP_ADMIN_TOKEN", "t"}});
  ASSERT_TRUE(settings) << settings.error()[0].to_text();
  EXPECT_EQ(settings->proxy.address.host, "::1");
  EXPECT_EQ(settings->admin.address.host, "0.0.0.0");
  EXPECT_EQ(settings->state_dir, "/s");
  EXPECT_EQ(settings->database_url, "postgres://u:p@h/d");
  EXPECT_EQ(settings->redis_url, "redis://h");
  EXPECT_EQ(settings->log_level, "warn");
  EXPECT_EQ(settings->bootstrap_org_key, "lc_key_test");
  EXPECT_EQ(settings->bootstrap_admin_password, "p w");
  EXPECT_EQ(settings->bootstrap_admin_token, "t");
}

TEST_F(SettingsFile, AllProblemsAreToldAtOnceWithTheirPlace) {
  EXPECT_EQ(
      problems("proxi: {}\nproxy:\n  listen: nowhere\n  port: 1\ndeadlines:\n  connect: 5\n  total: 1ms\nio_threads: many\n", {{"LECTR_PROXI", "x"}}),
      (Texts{":1:1: proxi: no such setting",
             ":3:11: proxy.listen: not an address (write 127.0.0.1:8080, \"[::1]:8080\", or :8080 for all interfaces)",
             ":4:3: proxy.port: no such setting", ":6:12: deadlines.connect: not a duration (write 5s, 500ms or 2m)",
             ":7:10: deadlines.total: must be 10ms to 168h", ":8:13: io_threads: not a whole number", "environment: LECTR_PROXI: no such setting"}));
}

TEST_F(SettingsFile, MailServerOfAlerts) {
  const std::string file =
      write("s.yaml", "dashboard_url: https://lectr.example.com\nsmtp: {url: 'smtp://mail:587', from: a@b.example, user: u, starttls: off}\n");
  const auto settings = load_settings(file, {{"LECTR_SMTP_PASSWORD", "env:SMTP_PASSWORD"}});
  ASSERT_TRUE(settings) << settings.error()[0].to_text();
  EXPECT_EQ(settings->smtp.url, "smtp://mail:587");
  EXPECT_EQ(settings->smtp.password_reference, "env:SMTP_PASSWORD");
  EXPECT_EQ(settings->smtp.starttls, StartTls::off);
  EXPECT_EQ(settings->dashboard_url, "https://lectr.example.com");
  EXPECT_EQ(problems("smtp:\n  url: smtp://u:p@mail\n").size(), 1u);
  EXPECT_EQ(problems("smtp:\n  url: https://mail\n  from: nobody\n").size(), 2u);
  const auto secret = problems("smtp: {url: 'smtp://mail', from: a@b, user: u, password: hunter2}\n");
  ASSERT_FALSE(secret.empty());
  for (const auto& problem : secret) EXPECT_EQ(problem.find("hunter2"), problem.npos);
  EXPECT_EQ(problems("smtp: {url: 'smtp://mail'}\n"), (Texts{"settings: smtp.from: is needed: the address that messages come from"}));
  EXPECT_EQ(problems("smtp: {from: a@b}\n").size(), 1u);
  EXPECT_EQ(problems("smtp: {url: 'smtp://mail', from: a@b, user: u}\n").size(), 1u);
}

TEST_F(SettingsFile, ShapesAreChecked) {
  EXPECT_EQ(problems("- a\n"), (Texts{":1:1: the document must be a map of settings"}));
  EXPECT_EQ(problems("proxy: 1\n"), (Texts{":1:8: proxy: must be a map"}));
  EXPECT_EQ(problems("log_level: [info]\n"), (Texts{":1:12: log_level: must be a single value (in quotes if it begins with a bracket)"}));
  EXPECT_EQ(problems("log_level:\nio_threads: ''\n").size(), 2u);
  EXPECT_EQ(problems("log_level: info\nlog_level: debug\n"), (Texts{":2:1: log_level: given twice"}));
  EXPECT_EQ(problems("providers:\n  groq:\n    url: x\n"), (Texts{":3:5: providers.groq.url: no such setting"}));
  EXPECT_EQ(problems("providers:\n  groq:\n    base_url: x\n"), (Texts{":3:15: providers.groq.base_url: must begin with http:// or https://"}));
  EXPECT_EQ(problems("providers:\n  mine:\n    models: [a]\n"),
            (Texts{"providers: providers.mine.base_url: missing: a provider that is not built in needs one"}));
  EXPECT_EQ(problems("a: 1\n---\nb: 2\n"), (Texts{": holds more than one document"}));
  EXPECT_NE(problems("redis_url: rediss://h\n").at(0).find("TLS"), std::string::npos) << "which is not supported";
  EXPECT_EQ(problems("\n# nothing\n"), Texts{});
}

TEST_F(SettingsFile, BadSyntaxAndUnreadableFilesAreProblems) {
  const auto broken = problems("proxy: {listen: [\n");
  ASSERT_EQ(broken.size(), 1u);
  EXPECT_NE(broken[0].find("not YAML"), std::string::npos) << broken[0];
  const auto missing = load_settings((dir_ / "none.yaml").string(), {});
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error()[0].to_text().find("can't be read"), std::string::npos);
  EXPECT_FALSE(load_settings(dir_.string(), {}));
}

TEST_F(SettingsFile, VariablesOfAServiceOfTheSameNameAreNoMistake) {
  EXPECT_TRUE(load_settings({}, {{"LECTR_SERVICE_HOST", "10.0.0.1"},
                                 {"LECTR_SERVICE_PORT_HTTP", "80"},
                                 {"LECTR_PORT", "tcp://10.0.0.1:80"},
                                 {"LECTR_PORT_8080_TCP_ADDR", "10.0.0.1"},
                                 {"LECTR_ADMIN_PORT_8081_TCP", "tcp://10.0.0.1:8081"}}));
  for (const char* variable : {"LECTR_PORTS", "LECTR_PORT_", "LECTR_PORT_X_TCP", "LECTR_PORT_8080", "LECTR_SERVICE"})
    EXPECT_FALSE(load_settings({}, {{variable, "1"}})) << variable;
}

TEST_F(SettingsFile, TlsFilesMustBeThereTogetherAndPem) {
  const std::string pem = write("c.pem", "-----BEGIN CERTIFICATE-----\n"), text = write("c.txt", "hello");
  EXPECT_TRUE(load_settings({}, {{"LECTR_PROXY_TLS_CERTIFICATE", pem}, {"LECTR_PROXY_TLS_KEY", pem}}));
  EXPECT_EQ(load_settings({}, {{"LECTR_PROXY_TLS_CERTIFICATE", pem}}).error()[0].field, "proxy.tls");
  EXPECT_EQ(load_settings({}, {{"LECTR_ADMIN_TLS_CERTIFICATE", text}, {"LECTR_ADMIN_TLS_KEY", pem}}).error()[0].reason, text + " is not PEM");
  EXPECT_EQ(load_settings({}, {{"LECTR_PROVIDER_GROQ_CA_FILE", (dir_ / "none").string()}}).error()[0].reason,
            (dir_ / "none").string() + " can't be read or is empty");
}

TEST_F(SettingsFile, SecretsStayOutOfFilesAndMessages) {
  const auto in_file = problems(
      "bootstrap_org_key: lc_key_canary\n",
      {{"LECTR_BOOTSTRAP_ORG_KEY", "canary-key"}, {"LECTR_DATABASE_URL", "mysql://u:canary@h"}, {"LECTR_PROVIDER_X_BASE_URL", "http://u:canary@h"}});
  EXPECT_EQ(in_file.size(), 4u);
  for (const std::string& text : in_file) EXPECT_EQ(text.find("canary"), std::string::npos) << text;
}

class EveryField : public testing::TestWithParam<Field> {};
TEST_P(EveryField, RefusesNonsenseByVariable) {
  const std::string key{GetParam().key};
  const bool any_text = key == "state_dir" || key == "bootstrap_admin_password";
  const auto settings = load_settings({}, {{variable_of(key), "\x01 nonsense"}});
  ASSERT_EQ(settings.has_value(), any_text) << key;
  if (any_text) return;
  EXPECT_EQ(settings.error()[0].field, variable_of(key));
}
INSTANTIATE_TEST_SUITE_P(Table, EveryField, testing::ValuesIn(fields().begin(), fields().end()));

TEST(ExampleFile, EqualsTheDefaultsAndNamesEveryKey) {
  const std::string path = LECTR_SOURCE_DIR "/config/lectr.yaml";
  const auto example = load_settings(path, {}), defaults = load_settings({}, {});
  ASSERT_TRUE(example) << example.error()[0].to_text();
  std::ifstream in{path};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  for (const Field& field : fields()) {
    const std::string key{field.key}, leaf = key.substr(key.rfind('.') + 1);
    EXPECT_NE(text.find(field.only_environment ? variable_of(key) : leaf + ':'), std::string::npos) << key;
  }
  const auto texts = [](const Settings& s) {
    const auto& [b, d] = std::pair{s.bounds, s.deadlines};
    return std::vector<std::string>{s.proxy.address.host,
                                    s.admin.address.host,
                                    s.log_level,
                                    s.state_dir,
                                    s.database_url,
                                    s.redis_url,
                                    s.proxy.tls.key,
                                    std::to_string(s.proxy.address.port),
                                    std::to_string(s.admin.address.port),
                                    std::to_string(s.io_threads),
                                    std::to_string(b.header_bytes),
                                    std::to_string(b.header_count),
                                    std::to_string(b.body_bytes),
                                    std::to_string(b.peek_bytes),
                                    std::to_string(b.connections),
                                    std::to_string(b.exchanges),
                                    std::to_string(b.idle_upstreams),
                                    std::to_string(b.journal_mib),
                                    std::to_string(d.head.count()),
                                    std::to_string(d.body.count()),
                                    std::to_string(d.keep_alive.count()),
                                    std::to_string(d.connect.count()),
                                    std::to_string(d.first_byte.count()),
                                    std::to_string(d.idle.count()),
                                    std::to_string(d.total.count()),
                                    std::to_string(d.drain.count()),
                                    std::to_string(d.idle_upstream.count()),
                                    std::to_string(s.providers.size())};
  };
  EXPECT_EQ(texts(*example), texts(*defaults));
}

// What is commented out must be right as well: the whole providers block, uncommented.
TEST_F(SettingsFile, ExamplesProvidersParse) {
  std::ifstream in{LECTR_SOURCE_DIR "/config/lectr.yaml"};
  std::string yaml, line;
  for (bool inside = false; std::getline(in, line);) {
    inside = inside || line.starts_with("# providers:");
    if (inside && line.starts_with("# ")) yaml += line.substr(2) + '\n';
    if (inside && line.empty()) break;
  }
  const std::string pem = write("ca.pem", "-----BEGIN CERTIFICATE-----\n");
  yaml.replace(yaml.find("/etc/lectr/internal-ca.pem"), 26, pem);
  EXPECT_EQ(problems(yaml), Texts{});
}

TEST_F(SettingsFile, ExamplesOfTelemetryParse) {
  std::ifstream in{LECTR_SOURCE_DIR "/config/lectr.yaml"};
  std::string yaml, line;
  for (bool inside = false; std::getline(in, line);) {
    inside = (inside && !line.empty()) || line == "# metrics:" || line == "# otlp:";
    if (inside) yaml += line.substr(2) + '\n';
  }
  const std::string pem = write("ca.pem", "-----BEGIN CERTIFICATE-----\n");
  yaml.replace(yaml.find("/etc/lectr/authority.pem"), 24, pem);
  const auto settings = load_settings(write("telemetry.yaml", yaml), {{"LECTR_OTLP_CONVENTIONS", "v1.41"}, {"LECTR_METRICS_ORGS", "true"}});
  ASSERT_TRUE(settings) << settings.error()[0].to_text();
  EXPECT_EQ(settings->metrics.token_reference, "env:METRICS_TOKEN");
  EXPECT_TRUE(settings->metrics.orgs);
  EXPECT_EQ(settings->otlp.endpoint, "http://127.0.0.1:4318");
  EXPECT_EQ(settings->otlp.headers_reference, "env:OTLP_HEADERS");
  EXPECT_FALSE(settings->otlp.latest_conventions);
  EXPECT_TRUE(settings->otlp.traces && settings->otlp.metrics && !settings->otlp.gzip);
  EXPECT_EQ(settings->otlp.interval, std::chrono::minutes{1});
}

}  // namespace
}  // namespace lectr::config
