//! An SSTable written anew from its own rows is the same, byte for byte.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked /// Local deletion times that are negative or beyond 2038, though the version has none such: those that overflowed in old
/// releases. Cassandra takes all of them for one invalid time, and so do we; it is written as one and the same number.
fn has_overflowed_times(known: &KnownSstable) -> bool {
    let path = known.data_path.to_string_lossy();
    path.contains("/negative-ldts/invalid_") || path.contains("/negative-ttl/")
}

#[test]
fn every_sstable_has_the_same_data_when_it_is_written_anew() {
    let mut differing = Vec::new();
    let mut same = 0;
    for known in all().into_iter().filter(|known| !has_overflowed_times(known)) {
        match rewrite(&known) {
            Ok(rewritten) => {
                let [ours, theirs] = rewritten.streams();
                match first_difference(&ours, &theirs) {
                    None => same += 1,
                    Some(at) => differing.push(format!(
                        "{}: byte {at} of {} and {}",
                        known.data_path.display(),
                        ours.len(),
                        theirs.len()
                    )),
                }
            }
            Err(error) => differing.push(format!("{}: {error}", known.data_path.display())),
        }
    }
    assert!(differing.is_empty(), "{same} same; {} not:\n{}", differing.len(), differing.join("\n"));
}

/// LZ4 has one library for all; of the other compressors, Cassandra's is another release or another program.
#[test]
fn lz4_and_uncompressed_data_is_stored_in_the_same_bytes() {
    let mut same = 0;
    for known in all().into_iter().filter(|known| !has_overflowed_times(known)) {
        let rewritten = rewrite(&known).unwrap();
        let info = rewritten.sstable.compression();
        if info.is_some_and(|info| info.compressor != Compressor::Lz4) {
            continue;
        }
        let what = known.data_path.display();
        // Cassandra may have one more chunk at the end, of nothing.
        let extra_chunk = info.map_or(0, |info| {
            info.chunk_count - info.data_length_bytes.div_ceil(u64::from(info.chunk_length_bytes))
        });
        let extra_bytes = if extra_chunk == 1 { 4 + 1 + 4 } else { 0 };
        let [ours, theirs] = [rewritten.bytes(Component::Data), rewritten.original(Component::Data)];
        let (ours, theirs) = (ours.unwrap(), theirs.unwrap());
        assert_eq!(first_difference(&ours, &theirs[..theirs.len() - extra_bytes]), None, "{what}");
        let part = if info.is_some() { Component::CompressionInfo } else { Component::Crc };
        let Some(theirs) = rewritten.original(part) else { continue };
        let ours = rewritten.bytes(part).unwrap();
        if extra_chunk == 0 && info.is_some() {
            assert_eq!(ours, theirs, "{what}");
            assert_eq!(rewritten.bytes(Component::Digest), rewritten.original(Component::Digest), "{what}");
        } else if info.is_none() {
            assert_eq!(ours, theirs[..ours.len()], "{what}");
        }
        same += 1;
    }
    assert!(same > 10, "{same}");
}

/// What `cqlite dump` prints, without what depends on the day.
fn dump(data: &Path) -> String {
    let output = cqlite::cqlite().arg("dump").arg(data).output().unwrap();
    assert!(output.status.success(), "{}: {}", data.display(), String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn what_is_written_anew_is_sound_and_says_the_same() {
    let place = tempfile::tempdir().unwrap();
    for (number, known) in all().into_iter().enumerate() {
        let path = place.path().join(number.to_string());
        let directory = DiskDirectory::create_all(&path).unwrap();
        let (_, written) =
            rewrite_into(&known, Arc::new(directory)).unwrap_or_else(|error| panic!("{error}"));
        let data = path.join(known.data_path.file_name().unwrap());
        let what = known.data_path.display();
        let verified = cqlite::cqlite().arg("verify").arg(&data).output().unwrap();
        if !has_overflowed_times(&known) {
            let told = String::from_utf8_lossy(&verified.stdout);
            assert!(verified.status.success(), "{what}: {told}");
        }
        for (component, bytes) in &written.components {
            let file = data.with_file_name(format!("{}-{component}", known.stem()));
            assert_eq!(file.metadata().unwrap().len(), *bytes, "{}", file.display());
        }
        assert_eq!(dump(&data), dump(&known.data_path), "{what}");
    }
}

#[test]
fn a_disk_that_is_full_at_any_byte_is_an_error_and_leaves_nothing_that_looks_whole() {
    let known = fixtures::sstables().unwrap();
    for known in known.iter().filter(|known| known.table == "everything" || known.table == "tombstones").take(8) {
        let all_steps = u64::MAX / 2;
        let counting = FaultyDirectory::new(Arc::new(MemoryDirectory::new("memory")), all_steps);
        rewrite_into(known, Arc::new(counting.clone())).unwrap();
        let needed = all_steps - counting.steps_left();
        for steps in (0..needed).step_by(usize::try_from(needed / 200).unwrap().max(1)).chain([needed - 1]) {
            let memory = MemoryDirectory::new("memory");
            let faulty = FaultyDirectory::new(Arc::new(memory.clone()), steps);
            let error = rewrite_into(known, Arc::new(faulty)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Output, "{steps} of {needed}: {error}");
            let names = memory.names().unwrap();
            let toc = memory.bytes(&format!("{}-TOC.txt", known.stem()));
            assert!(toc.is_none() || steps >= needed - 3, "{steps} of {needed}: {names:?}");
        }
    }
}
