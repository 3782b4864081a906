//! Certificates of a root that only the tests know.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tempfile::TempDir;

/// A root, and a folder for what it issues.
#[derive(Debug)]
pub struct Authority {
    root: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

/// The files of a certificate and its key.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The certificate.
    pub cert: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

#[expect(clippy::unwrap_used, reason = "a test set-up that fails says where")]
impl Issued {
    /// The certificate as it is shown in a handshake.
    ///
    /// # Panics
    /// When its file is gone.
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        CertificateDer::from_pem_file(&self.cert).unwrap().to_vec()
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

#[expect(clippy::unwrap_used, reason = "a test set-up that fails says where")]
impl Authority {
    /// A new one. Its own certificate is `root.pem`.
    ///
    /// # Panics
    /// When the temp folder cannot be written.
    #[must_use]
    pub fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "Root of the tests");
        let root = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("root.pem"), root.pem()).unwrap();
        Self { root, folder }
    }

    /// Where its files are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its own certificate.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.folder().join("root.pem")
    }

    /// A certificate for `localhost` and for clients; files of the same name are replaced.
    ///
    /// # Panics
    /// When the temp folder cannot be written.
    #[must_use]
    pub fn issue(&self, common_name: &str) -> Issued {
        self.issue_until(common_name, 4096)
    }

    /// As [`Authority::issue`], to the begin of a year.
    ///
    /// # Panics
    /// When the temp folder cannot be written.
    #[must_use]
    pub fn issue_until(&self, common_name: &str, year: i32) -> Issued {
        let key = KeyPair::generate().unwrap();
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let mut params = CertificateParams::new(names).unwrap();
        params.not_after = rcgen::date_time_ymd(year, 1, 1);
        let name = &mut params.distinguished_name;
        *name = rcgen::DistinguishedName::new();
        name.push(DnType::OrganizationName, "Tests");
        name.push(DnType::CommonName, common_name);
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let cert = params.signed_by(&key, &self.root).unwrap();
        let issued = Issued {
            cert: self.folder().join(format!("{common_name}.pem")),
            key: self.folder().join(format!("{common_name}.key")),
        };
        fs::write(&issued.cert, cert.pem()).unwrap();
        fs::write(&issued.key, key.serialize_pem()).unwrap();
        issued
    }
}
